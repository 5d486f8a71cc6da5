"""What language a text is in, and its words as the index holds them.

A language is told by its script, or by its commonest words: enough to stem by, and nothing to download.
"""

from __future__ import annotations

import re
from functools import lru_cache

SAMPLE = 4_000  # characters looked at: an article's language shows in its first paragraphs

# Scripts that give a language away. Kana before Han: Japanese is written in both.
SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ar": re.compile(r"[\u0620-\u064a\u066e-\u06d3]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
LETTERS = re.compile(r"[^\W\d_]+")
# What an English text of some length hardly does without; told in a fraction of the time of the whole look.
PLAINLY_ENGLISH = (" the ", " of ", " and ", " to ", " was ", " is ", " for ", " that ")

# The words that say how something is said or asked, not what about: they tell the language, and a question
# is searched for without them. English has a longer list of its own in `footnote.ingest.text.words`.
STOP_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(listed.split())
    for code, listed in {
        "en": """
            the of and to in is was that for it with as his he on be at by had are but from or have an
            they which one you were her all she there would their we him been has when who will more no
            if out so said what did does do how why where whose this these those not its
        """,
        "de": """
            der die das dem den des ein eine einem einen einer eines und oder aber in im an am auf aus
            bei mit nach seit von vom zu zum zur für durch um gegen ohne über unter vor zwischen ist
            sind war waren wird werden wurde wurden hat haben hatte hatten sein es er sie wir ihr ich du
            nicht auch als wie wer was wo wann warum wieso weshalb wohin woher welche welcher welches
            welchen welchem wessen wem wen viel viele wenn dass daß sich noch nur so man dann doch schon
            mehr sehr kann können soll gibt sagt sagte diese dieser dieses diesem diesen
        """,
        "fr": """
            le la les un une des du de d l au aux et ou mais en dans par pour sur avec sans sous entre
            vers chez est sont était étaient été être sera a ont avait avaient avoir ce cet cette ces ça
            cela il elle ils elles on nous vous je tu ne pas plus que qu qui quoi dont où quand comment
            pourquoi combien quel quelle quels quelles se son sa ses leur leurs si y aussi comme très
            même lui n s c j m t selon fait dit
        """,
        "es": """
            el la los las un una unos unas de del al y e o u pero en por para con sin sobre entre desde
            hasta es son era eran fue fueron ser será ha han había habían haber hay este esta estos
            estas ese esa eso esto él ella ellos ellas nosotros yo tú no sí más que qué quién quiénes
            cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas se su sus lo le les me te si
            también como muy ya porque según dijo está están
        """,
        "it": """
            il lo la i gli le un uno una di del della dei delle dello degli da dal dalla in nel nella
            con su per tra fra e ed o ma che chi cosa quale quali quando dove come perché quanto quanti
            è sono era erano stato stata essere ha hanno aveva avere questo questa questi queste non più
            anche si suo sua loro ci al alla
        """,
        "pt": """
            o a os as um uma de do da dos das em no na nos nas por para com sem sobre entre e ou mas que
            quem qual quais quando onde como porque porquê quanto quantos é são era foi foram ser está
            tem têm tinha há este esta isto esse essa não mais também se seu sua seus suas ao à pelo
            pela já muito
        """,
        "nl": """
            de het een en of maar in op aan bij met naar van voor door over onder tussen uit is zijn was
            waren wordt worden werd heeft hebben had niet ook als dat die dit deze er hij zij ze wij ik
            je wie wat waar wanneer waarom hoe hoeveel welke nog te om dan al meer zich
        """,
        "sv": """
            och i att det som en på är av för med den till inte var han hon de om har ett men från så
            kan när hur vem vad vilken vilka varför sin ska eller efter också
        """,
        "ar": """
            في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم كان كانت قد لا ما لم لن أن إن
            أو ثم كل بين بعد قبل عند حتى منذ كما وقد وكان وقال قال قالت متى أين كيف لماذا كم هل ماذا أي
            من و يكون تكون ليس أيضا أيضاً خلال حول
        """,
        "ru": """
            и в не на я что он с как это по но они к у из за то же был была было были от так о для до
            или если кто где когда почему сколько какой какая какие который которая которые его её их мы
            вы она
        """,
    }.items()
}
# What Chinese questions are put with.
CHINESE_ASKING = re.compile(
    "什么时候|什么|为什么|为何|怎么样|怎么|怎样|如何|哪里|哪儿|哪个|哪些|哪|多少|几|谁|是否|吗|呢|请问|的|了|是|在|和|与|及|有|被|把|这|那"
)


@lru_cache(maxsize=20_000)  # of a question, several hundred sentences are looked at
def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language of a text or a question; `en` when nothing tells.

    >>> language_of("Wann wird die Brücke wieder geöffnet?"), language_of("大桥什么时候关闭？")
    ('de', 'zh')
    >>> language_of("¿Cuánto costará la reparación?"), language_of("متى أغلق الجسر؟"), language_of("Kim?")
    ('es', 'ar', 'en')
    """
    sample = text[:SAMPLE]
    if sample.isascii() and any(word in sample for word in PLAINLY_ENGLISH):
        return "en"
    letters = sum(c.isalpha() for c in sample)
    for code, script in SCRIPTS.items():
        # A fifth: Chinese news is full of Latin names and figures, and a character of Han is a whole word.
        if len(script.findall(sample)) > letters / 5:
            return code
    return _by_stop_words(sample)


def _by_stop_words(text: str) -> str:
    """Return the language with most of its stop words there: two, or one and a letter of its own."""
    lowered = text.lower()
    # A name's "Un" or "Die" tells nothing, a sentence's first word does.
    first, *others = LETTERS.findall(text) or [""]
    found = {w for w in (first.lower(), *others) if w.islower() and len(w) > 1}  # no "s" of "Ada's"
    counts = {code: len(found & listed) for code, listed in STOP_WORDS.items()}
    for code, letters in OWN_LETTERS.items():
        counts[code] += any(c in letters for c in lowered)
    best = max(counts, key=lambda code: (counts[code], code == "en"))
    return best if counts[best] >= 2 else "en"


OWN_LETTERS = {"es": "¿¡ñ", "de": "äöüß", "fr": "çèêëîïôûœ", "pt": "ãõ", "sv": "å"}
