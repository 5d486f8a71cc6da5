"""What language a text is in, and the words of each that tell nothing.

A language is told by its script, and where several share one by py3langid, whose model is packaged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

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
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ka": re.compile(r"[\u10a0-\u10ff]"),
    "hy": re.compile(r"[\u0530-\u058f]"),
}
# The languages told apart within a script that several share; each stands under the one that is meant when
# nothing tells. Left out are those of py3langid that short lines of a large neighbour are taken for:
# Afrikaans (Dutch), Galician (Portuguese), Pashto (Persian), and pidgins and creoles (English, French).
SHARED = {
    "en": (
        "en de fr es it pt nl sv da no nn fi is et lv lt pl cs sk sl hr hu ro tr vi id ca sq eu cy ga sw"
    ).split(),
    "ru": "ru uk bg sr be mk kk".split(),
    "ar": "ar fa ur".split(),
    "hi": "hi mr ne".split(),
}
ONE_LANGUAGE = {"nn": "no"}  # Norwegian is written in two ways
# Each as English calls it.
NAMES = {
    "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "mr": "Marathi", "ne": "Nepali", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovene", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip

# What an English sentence hardly does without and none of the languages above has: most texts of an English
# library are told by it, in a tenth of the time.
PLAINLY_ENGLISH = re.compile(
    r"\b(?:the|and|that|with|which|from|they|their|would|been|were|who|what|where|when|why|how|did|does|this)\b",
    re.IGNORECASE,
)
# Characters; in more of them an English title proves nothing, such a share of all words does. It tells 98.9%
# of 1,372 longer paragraphs of squad2_dev and covidqa_dev (five different such words: 77.3%) from all that
# py3langid would be unpacked for, a third of a second; of the 298 that it adds py3langid calls all English.
PLAIN_LENGTH, PLAIN_SHARE = 400, 0.06
BEYOND_ENGLISH = re.compile(r"[^\W\d_a-zA-Z]")  # a letter that is none of its 26
LETTER = re.compile(r"[^\W\d_]")
# Another language than English must be so many times as likely. With 1, 5, 10, 20 and 50 of 50 short lines in
# 22 languages in Latin letters 48, 48, 45, 45 and 42 are told; of 2,092 English headlines 93.1, 99.1, 99.8,
# 99.9 and 100% stay English, of 5,159 questions of squad2_dev 99.7, then 100%.
CLEARLY = 10.0
RATHER = 2.0  # and another than the usual one of another script
# Up to this length a text without a word in small letters after the first may be names, as “Deutsche Bank”,
# which are in no language; a question of that kind (“Welche Straße?”) is, when it is so likely, of 1.
NAMES_LENGTH = 60
SURELY = 0.8

# The words that say how something is said or asked, not what about: they tell the language, and a question
# is searched for without them. English has a longer list of its own in `footnote.ingest.text.words`.
STOP_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(listed.split())
    for code, listed in {
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
        "da": """
            og i at det som en et på er af for med den til ikke var han hun de om har men fra så kan når
            hvornår hvor hvordan hvem hvad hvilken hvilket hvilke hvorfor sin skal eller efter også blev
        """,
        "no": """
            og i å det som en et ei på er av for med den til ikke ikkje var han hun de om har men fra så kan
            når hvor hvordan hvem hva hvilken hvilket hvilke hvorfor sin skal eller etter også ble blir
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
        "uk": """
            і й та в у не на я що він з із як це по але вони до за то ж був була було були від так для про або
            якщо хто де коли чому скільки яка який яке які його її їх ми ви вона також
        """,
        "fi": """
            ja on oli ovat ei en että se hän he ne tämä joka jotka kun jos mutta tai myös niin kuin ole
            mikä mitä missä milloin koska kuka kuinka miksi miten mihin mistä monta paljon
        """,
        "pl": """
            i w z na do się nie to że jest są był była było były o od po za dla jak ale co czy kto gdzie
            kiedy dlaczego ile jaki jaka jakie który która które jego jej ich oraz przez przy także
        """,
        "tr": """
            ve bir bu şu o da de için ile mi mı mu mü ne kim nerede nereye nasıl niçin neden zaman kaç
            hangi çok daha gibi ama var yok değil olan olarak
        """,
        "fa": """
            و در به از که این آن را با است بود برای تا هم یا اگر اما نیز هر کی کجا چه چرا چگونه چند چقدر
            کدام شد شده می‌شود کرد کرده دارد
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
    own = BEYOND_ENGLISH.search(sample)
    if own is None and _plainly_english(sample):
        return "en"
    script = _script(sample) if own else "en"
    return _likeliest(sample, script) if script in SHARED and LETTER.search(sample) else script


def _plainly_english(text: str) -> bool:
    if len(text) <= PLAIN_LENGTH:
        return PLAINLY_ENGLISH.search(text) is not None
    return len(PLAINLY_ENGLISH.findall(text)) >= PLAIN_SHARE * len(text.split())


def _script(text: str) -> str:
    """Return the usual language of the script of a text: `en` of the Latin one, and of any other."""
    letters = sum(c.isalpha() for c in text)
    for code, script in SCRIPTS.items():
        # A fifth: Chinese news is full of Latin names and figures, and a character of Han is a whole word.
        if len(script.findall(text)) > letters / 5:
            return code
    return "en"


def _likeliest(text: str, usual: str) -> str:
    """Return the likeliest language of a script: the `usual` one unless another is clearly likelier."""
    names = usual == "en" and _may_be_names(text)
    if names and "?" not in text:
        return "en"
    likely: dict[str, float] = dict(_identifier(usual).rank(text))  # the likeliest first
    best = next(iter(likely))
    if likely[best] < (CLEARLY if usual == "en" else RATHER) * likely[usual]:
        return usual
    if names and likely[best] < SURELY:
        return "en"
    return ONE_LANGUAGE.get(best, best)


def _may_be_names(text: str) -> bool:
    small = (w.lstrip("'\"“‘«(")[:1].islower() for w in text.split()[1:])
    return len(text) <= NAMES_LENGTH and not any(small)


def prepare() -> None:
    """Begin to load what tells languages apart, beside other work: unpacking it takes half a second."""
    Thread(target=_identifier, args=("en",), name="languages", daemon=True).start()


def _identifier(script: str) -> LanguageIdentifier:
    """Return what tells the languages of a script apart; threads that need it first load it once."""
    with LOADING:
        return _loaded(script)


LOADING = Lock()


@lru_cache(maxsize=len(SHARED))
def _loaded(script: str) -> LanguageIdentifier:
    from copy import copy

    one = copy(_model())
    one.set_languages(SHARED[script])
    return one


@lru_cache(maxsize=1)
def _model() -> LanguageIdentifier:
    """Return py3langid's model, unpacked in memory: its own loader writes 68 MB to a disk, maybe full."""
    import io
    import lzma

    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
    from py3langid.modelio import _to_array as array_of

    with (
        lzma.open(MODEL_DIR / MODEL_FILE) as packed,
        np.load(io.BytesIO(packed.read()), allow_pickle=False) as data,
    ):
        return LanguageIdentifier(
            data["ptc"],
            data["pc"],
            data["classes"].tolist(),
            array_of(data["nextmove"]),
            data["out_feat"].tolist(),
            norm_probs=True,
            tk_row=array_of(data["nextmove_row"]),
        )
