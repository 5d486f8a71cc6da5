"""Words that change what is said: opposites, quantifiers, negations, units, days, nations, irregular forms.

Written for this checker from general knowledge of English; a line a group, so that one can be added. The
checker works without a word being listed here: an unlisted change is then only a doubt, not a contradiction.
"""

# ruff: noqa: E501 - patterns and word lists read best on one line

from __future__ import annotations

# Past forms that no stemmer brings back to their verb.
IRREGULAR = {
    form: base
    for line in """rise rose risen; fall fell fallen; grow grew grown; sink sank sunk; shrink shrank shrunk; go went gone;
    come came; become became; run ran; begin began begun; win won; lose lost; sell sold; buy bought; tell told; say said;
    hold held; keep kept; leave left; meet met; pay paid; make made; take took taken; give gave given; get got gotten;
    see saw seen; know knew known; think thought; find found; bring brought; catch caught; teach taught; seek sought;
    fight fought; build built; send sent; spend spent; lend lent; bend bent; feel felt; deal dealt; mean meant;
    sleep slept; sweep swept; write wrote written; drive drove driven; ride rode ridden; break broke broken;
    speak spoke spoken; choose chose chosen; freeze froze frozen; steal stole stolen; wake woke woken; wear wore worn;
    bear bore borne; tear tore torn; swear swore sworn; draw drew drawn; fly flew flown; blow blew blown;
    throw threw thrown; show shown; eat ate eaten; beat beaten; hide hid hidden; bite bit bitten; do did done;
    forget forgot forgotten; forgive forgave forgiven; forbid forbade forbidden; lead led; feed fed; breed bred; read;
    stand stood; understand understood; withdraw withdrew withdrawn; overtake overtook overtaken; undergo underwent;
    shoot shot; shake shook shaken; strike struck; stick stuck; swing swung; win won; hang hung; dig dug; spin spun;
    sing sang sung; ring rang rung; drink drank drunk; swim swam swum; spring sprang sprung; sit sat; lie lay lain;
    light lit; slide slid; bind bound; grind ground; wind wound; have has had; hear heard; lay laid; sue sued;
    man men; woman women; child children; person people; foot feet; tooth teeth; wife wives; life lives""".split(
        ";"
    )
    for base, *forms in [line.split()]
    for form in forms
}

# Short forms and the word that they are compared as.
ABBREVIATIONS = {
    short: word
    for line in """television tv telly; kilogram kg kgs kilo kilos kilogramme kilogrammes; kilometre km kms kilometer
    kilometers; centimetre cm centimeter centimeters; millimetre mm millimeter millimeters; metre meter meters;
    litre liter liters; foot ft; pound lb lbs; hour hr hrs; minute min mins; government govt; department dept;
    advertisement ad ads advert adverts; telephone phone phones; photograph photo photos; laboratory lab; information info; versus vs;
    company co; corporation corp; incorporated inc; limited ltd; film movie movies; programme program; defence defense;
    grey gray; tyre tire; aluminium aluminum; football soccer; plane aeroplane airplane aircraft;
    car automobile automobiles; doctor dr; professor prof;
    mother mum mom mums moms; father dad dads; february feb; april apr; june jun; july jul; august aug;
    september sept; october oct; november nov; december dec; tuesday tues; thursday thurs""".replace(
        "\n", " "
    ).split(";")
    for word, *shorts in [line.split()]
    for short in shorts
}

# Each line: one side | the other. Looked up by stem, so a base form stands for its inflections.
OPPOSITES = """
rise climb jump soar surge gain grow increase up higher high rally rebound leap rocket upward advance expand swell improve boost lift raise strengthen escalate widen accelerate | fall drop decline decrease sink slump plunge tumble slip slide dip down lower low shrink lose plummet crash downward retreat contract dwindle worsen cut reduce weaken ease narrow slow slash shed
more greater larger bigger | less fewer smaller
above over exceed | below under beneath
best better | worst worse
most | least fewest
maximum max top | minimum min bottom
before ahead earlier prior early | after behind later following late
first | last final
win winner victory beat triumph | lose loser defeat loss lost
profit surplus | loss deficit
buy purchase acquire | sell dispose
open reopen launch start begin resume | close shut end finish stop halt cease
accept approve agree back support welcome endorse favour favor embrace | reject refuse oppose block veto disagree criticise criticize condemn denounce resist
allow permit let legal | ban prohibit forbid bar illegal
for | against
include | exclude
strong tough | weak
positive optimistic confident | negative pessimistic doubtful
success succeed successful | failure fail unsuccessful
large big huge great | small tiny little minor
long | short
new | old
young | old
hot warm | cold cool
fast quick rapid quickly | slow slowly
easy | hard difficult
rich wealthy | poor
cheap | expensive dear costly
safe | dangerous unsafe
right | wrong
true | false
good | bad poor
add | remove
join enter arrive | leave exit quit depart
import | export
guilty convict | innocent acquit clear
alive survive live | dead die kill
male man boy men | female woman girl women
he him | she
his | her hers
father | mother
son | daughter
brother | sister
husband | wife
king | queen
north northern | south southern
east eastern | west western
left | right
always | never
often frequently usually | rarely seldom
majority | minority
confirm admit | deny
praise | criticise criticize condemn attack
love like | hate dislike
attack | defend
hire recruit appoint employ | fire sack dismiss
create | destroy
push | pull
public | private
national domestic | foreign international
possible likely able | impossible unlikely unable
full | empty
same | different
with | without
inside into | outside
major | minor
senior | junior
winner | runner-up
ally friend | enemy rival
peace | war
upbeat | gloomy
home | away
demand | supply
lend | borrow
teach | learn
present | absent
visible | invisible
increase | decrease
popular | unpopular
happy | unhappy sad
temporary | permanent
direct | indirect
urban | rural
heavy | light
deep | shallow
thick | thin
wide broad | narrow
wet | dry
clean | dirty
simple | complex
modern | ancient
slightly | very highly strongly
partly partially | fully completely entirely wholly
almost nearly | exactly
recent | former
rarely | commonly
cause | prevent
encourage | discourage
attract | repel
secure | insecure
necessary | unnecessary
certain | uncertain
highest | lowest
biggest largest | smallest
strongest | weakest
longest | shortest
oldest | newest youngest
fastest quickest | slowest
hottest warmest | coldest
richest | poorest
cheapest | dearest
earliest | latest
widest | narrowest
deepest | shallowest
tallest | lowest
nearest closest | farthest furthest
pass adopt carry | defeat reject
common | rare
"""

# Words for how many: one line is one amount.
QUANTIFIERS = """
all every each everyone everybody everything entire whole
most majority mostly
many lots numerous
some several
few handful
none nobody no-one nothing
half
both
neither
only solely
"""

NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot nowhere hardly scarcely barely cant wont dont "
    "doesnt didnt isnt arent wasnt werent hasnt havent hadnt wouldnt couldnt shouldnt mustnt neednt aint "
    "fail failed fails failing refuse refused refuses deny denied denies unable lack lacked lacks".split()
)
# A plain "not": what may simply be put in or left out.
PLAIN_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot nowhere cant wont dont doesnt didnt isnt arent "
    "wasnt werent hasnt havent hadnt wouldnt couldnt shouldnt mustnt neednt aint".split()
)

UNITS = """
second minute hour day week fortnight month quarter year decade century
gram kilogram kilo kg tonne ton pound ounce stone
millimetre centimetre metre kilometre mile foot yard inch km cm mm
litre gallon pint barrel
kilowatt megawatt gigawatt watt
degree
"""

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = ("january february march april may june july august september october november december").split()
RELATIVE_DAYS = frozenset("today yesterday tomorrow tonight overnight".split())
SEASONS = frozenset("spring summer autumn winter fall".split())
RELATIVE = frozenset("last next this previous".split())
PERIODS = frozenset("week month year quarter season weekend night decade century".split())

TITLES = frozenset(
    "mr mrs ms miss mx dr doctor sir lord lady dame prof professor president minister secretary chancellor prime king queen "
    "prince princess captain general judge senator governor mayor chairman chief executive the a an".split()
)
PRONOUNS = frozenset(
    "he she it they him her them his its their who we us our i me my this that these those".split()
)

# Names of two words and the key of their short form.
NAME_PAIRS = {
    ("United", "Kingdom"): "uk", ("United", "States"): "us.", ("United", "Nations"): "un", ("European", "Union"): "eu",
}  # fmt: skip

# A people or its short form, and the country: names for one another.
NATIONS = """
US USA U.S america american americans united-states
uk u.k britain british briton britons united-kingdom
england english; scotland scottish scots scot; wales welsh; ireland irish; france french; germany german germans;
italy italian italians; spain spanish spaniard; portugal portuguese; netherlands dutch holland; belgium belgian;
sweden swedish swede; norway norwegian; denmark danish dane; finland finnish finn; iceland icelandic;
poland polish pole; russia russian russians; ukraine ukrainian; turkey turkish turk; greece greek greeks;
switzerland swiss; austria austrian; hungary hungarian; romania romanian; bulgaria bulgarian; serbia serbian serb;
croatia croatian croat; czech; israel israeli israelis; palestine palestinian palestinians; iraq iraqi iraqis;
iran iranian iranians; syria syrian; egypt egyptian; saudi; lebanon lebanese; jordan jordanian; india indian indians;
pakistan pakistani; afghanistan afghan; bangladesh bangladeshi; china chinese; japan japanese; korea korean;
vietnam vietnamese; thailand thai; indonesia indonesian; malaysia malaysian; philippines filipino philippine;
australia australian australians aussie; canada canadian canadians; mexico mexican; brazil brazilian; argentina
argentine argentinian; chile chilean; colombia colombian; venezuela venezuelan; cuba cuban; africa african;
nigeria nigerian; kenya kenyan; ethiopia ethiopian; zimbabwe zimbabwean; ghana ghanaian; morocco moroccan;
europe european europeans; asia asian; eu european-union; un united-nations
"""

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
MAGNITUDES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "m": 1e6,
    "mn": 1e6,
    "bn": 1e9,
    "tn": 1e12,
    "k": 1e3,
    "dozen": 12.0,
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
}
DECADES = {
    word: 10 * value
    for value, word in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}
# As names have them: World War II, Henry VIII. I, V, X and the like are letters more often.
ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12, "XIII": 13, "XIV": 14,
         "XV": 15, "XVI": 16}  # fmt: skip
CURRENCIES = {
    "$": "$", "us$": "$", "dollar": "$", "dollars": "$", "£": "£", "pound": "£", "pounds": "£", "€": "€", "euro": "€",
    "euros": "€", "¥": "¥", "yen": "¥", "pence": "p", "p": "p", "cents": "c", "cent": "c",
}  # fmt: skip

# Words that say less than the bare claim: leaving one out says more than the source did.
HEDGES = frozenset(
    "almost nearly possible possibly potential potentially alleged allegedly may might could should would if some few "
    "rarely hardly not never no without unless until reportedly expected likely unlikely apparently former failed "
    "denied except least up about approximately roughly partly slightly proposed planned hope hoped try tried "
    "attempt attempted refuse refused".split()
)
# Before a verb: what follows is not said to have happened.
MODALS = frozenset("may might could would should will shall".split())
HOPES = frozenset(
    "expect plan hope want intend aim wish promise propose seek try attempt ask urge threaten prepare agree offer "
    "vow pledge refuse decline due likely set ready able".split()
)
# Words for saying, as they stand beside the one who speaks.
SAYING = frozenset("said says told tells added adds explained explains".split())
FIRST_PERSON = frozenset("i we us our me my".split())
# What a phrase or clause that moves as one begins with.
OPENING = frozenset(
    "of by from with for to than against in on at after before since until during under over about between through "
    "within without near into across along among as like per despite because when while where if although though "
    "that which who whose so but".split()
)
PREPOSITIONS = frozenset("of by from with for to than against".split())

# Words for units of what can be told in another: what they measure, and how much of its base unit they are.
MEASURES = {
    word: (dimension, float(factor))
    for line in """length 0.001 millimetre millimetres millimeter millimeters mm; length 0.01 centimetre centimetres
    centimeter centimeters cm; length 1 metre metres meter meters; length 1000 kilometre kilometres kilometer kilometers
    km; length 0.0254 inch inches; length 0.3048 foot feet ft; length 0.9144 yard yards; length 1609.344 mile miles;
    mass 0.001 gram grams gramme grammes; mass 1 kilogram kilograms kilo kilos kg; mass 1000 tonne tonnes;
    mass 0.0283 ounce ounces; mass 6.35 stone; volume 0.001 millilitre millilitres; volume 1 litre litres liter liters;
    volume 0.568 pint pints; area 10000 hectare hectares; area 4046.86 acre acres; time 1 second seconds;
    time 60 minute minutes; time 3600 hour hours; time 86400 day days; time 604800 week weeks; time 1209600 fortnight
    fortnights; months 1 month months; months 12 year years; months 120 decade decades; months 1200 century centuries;
    power 0.001 watt watts; power 1 kilowatt kilowatts; power 1000 megawatt megawatts; power 1000000 gigawatt
    gigawatts""".replace("\n", " ").split(";")
    for dimension, factor, *words in [line.split()]
    for word in words
}
FRACTIONS = {
    "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6,
    "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10,
}  # fmt: skip

# Words that say the same in most sentences of the news, a group each. Only plain pairs: what is near but not the
# same (price and cost, study and survey) would let a changed word pass.
SYNONYMS = """
begin start commence; end finish conclude; close shut; buy purchase acquire; hurt injure wound; founded establish;
big large; small little; quick fast rapid swift; quickly fast rapidly swiftly; reply answer respond; choose select pick;
help assist aid; child kid; error mistake; rich wealthy affluent; sick ill; allow permit let; ban prohibit forbid outlaw;
build construct erect; show demonstrate; reveal disclose; need require; try attempt; use utilise; hard difficult;
happy glad pleased; angry furious; annual yearly; annually yearly; lawyer attorney solicitor; physician doctor;
firm company; reduce cut lower decrease; increase rise grow climb; increase raise boost; fall drop decline decrease; move relocate;
resign quit; sack fire dismiss; hire employ recruit; shop store; flat apartment; holiday vacation; lorry truck;
petrol gasoline; rubbish garbage trash; railway railroad; baby infant; pupil schoolchild student; prison jail; prisoner inmate;
arrest detain; predict forecast; expect anticipate; leader head chief boss; nation country; resident inhabitant;
worker employee; salary wage; factory plant; ship vessel; blaze fire; earthquake quake; illness disease; vaccine jab;
scientist researcher; victory triumph win; beat defeat; match game; team side; contest competition; prize award;
gather collect; discover find; vanish disappear; occur happen; remain stay; leave depart; provide supply; refuse reject decline;
admit confess; declare announce; speak talk; watch view; believe think; entirely completely fully wholly; partly partially;
nearly almost; often frequently; rarely seldom; usually normally generally; soon shortly; recently lately;
formerly previously; eventually ultimately; approve back endorse; oppose resist; demand call; cancel scrap axe; delay postpone;
damage harm; destroy wreck; repair mend fix; wait await; carry transport; obtain get; receive get; keep retain; whole entire;
initial first; final last; main chief principal; important significant; famous well-known renowned; modern contemporary;
strange odd unusual; dangerous hazardous; expensive costly dear; cheap inexpensive; quiet silent; clever smart; stop halt cease;
join enter; gain obtain; reach attain achieve; attempt effort; method way; aim goal target; danger risk; result outcome;
opponent rival; supporter backer; author writer; actor performer; singer vocalist; film picture; photo picture; street road;
town city; house home; sea ocean; forest wood; stone rock; money cash; tax levy; law legislation; rule regulation;
agreement deal accord; dispute row; protest demonstration; meeting gathering; talk speech; letter note; area region;
border frontier; soldier troop; weapon arm; bomb explosive; murder kill; dead deceased; elderly old aged; young youthful
"""
# What a speaker says before a sentence, and that says nothing of it.
INTERJECTIONS = frozenset("yes yeah yep yup well oh ok okay hi hello hey wow sure".split())
