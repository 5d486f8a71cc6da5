"""Greetings, thanks and questions about the tool itself: what is said to it, and not asked of the articles.

A message counts only when phrases known here make up the whole of it: “Thanks for the help!” does, “Thanks
to whom did the bridge reopen?” and “Hello Kitty was created when?” do not. English, German, French, Spanish.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Talk(StrEnum):
    """What a message says or asks; of several, the one that stands last here is answered."""

    FINE = "fine"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ARTICLES = "articles"
    ABOUT = "about"


class Said(NamedTuple):
    """What a message says, and in which language (ISO 639-1)."""

    talk: Talk
    language: str


# Phrases without accents and punctuation, separated by commas.
PHRASES: Mapping[Talk, Mapping[str, str]] = {
    Talk.GREETING: {
        "en": "hello, hi, hey, hiya, howdy, helo, hallo there, greetings, good morning, good "
        "afternoon, good evening, good day, yo, how are you, how are you doing, how is it "
        "going, how's it going, what's up, whats up, sup, nice to meet you, pleased to meet "
        "you, welcome back, hello world, anyone there, are you there",
        "de": "hallo, guten tag, guten morgen, guten abend, moin, moin moin, servus, gruss gott, "
        "gruezi, tach, wie geht's, wie geht es dir, wie geht es ihnen",
        "fr": "bonjour, bonsoir, salut, coucou, rebonjour, ca va, comment ca va, comment allez "
        "vous, comment vas tu",
        "es": "hola, buenos dias, buenas tardes, buenas noches, buenas, que tal, como estas, como esta usted",
    },
    Talk.THANKS: {
        "en": "thanks, thank you, thank u, thx, thanx, tx, ty, tysm, cheers, many thanks, much "
        "appreciated, i appreciate it, thnks, thank you kindly, thanks a million, thanks a "
        "bunch",
        "de": "danke, dankeschon, danke schon, danke sehr, vielen dank, besten dank, herzlichen "
        "dank, tausend dank, danke dir, danke ihnen",
        "fr": "merci, merci beaucoup, merci bien, un grand merci, mille mercis, merci a vous, merci a toi",
        "es": "gracias, muchas gracias, mil gracias, muchisimas gracias, gracias a ti, gracias a usted",
    },
    Talk.FINE: {
        "en": "ok, okay, k, kk, okey, fine, great, good, nice, cool, perfect, awesome, excellent, "
        "wonderful, brilliant, amazing, super, well done, good job, nice one, got it, i see, "
        "understood, alright, all right, right, sure, yes, yep, yeah, no, nope, lol, haha, "
        "wow, oh, ah, interesting, very interesting, sounds good, makes sense, that helps, "
        "that helped, that's all, that is all, never mind, nevermind, sorry, my bad, hm, hmm, "
        "not bad, impressive, good to know, that's great, that is great, that's good, that's "
        "helpful, love it, you are great, you're great, you are awesome, i like it, no "
        "worries, no problem",
        "de": "alles klar, in ordnung, sehr gut, gut, toll, prima, klasse, verstanden, ja, nein, "
        "genau, interessant, wunderbar, passt",
        "fr": "d'accord, parfait, tres bien, bien, genial, super, compris, oui, non, c'est bon, "
        "bien recu, interessant, entendu",
        "es": "vale, de acuerdo, perfecto, muy bien, bien, genial, entendido, si, bueno, estupendo, "
        "interesante, claro",
    },
    Talk.GOODBYE: {
        "en": "goodbye, good bye, bye, bye bye, see you, see ya, see you later, see you soon, cya, "
        "good night, farewell, have a nice day, have a good day, have a great day, take care, "
        "until next time, i'm done",
        "de": "tschuss, tschuess, tschau, ciao, auf wiedersehen, bis bald, bis spater, bis dann, "
        "ade, gute nacht, schonen tag noch, schonen abend noch",
        "fr": "au revoir, a bientot, adieu, bonne journee, bonne soiree, bonne nuit, a plus, a plus "
        "tard, a demain",
        "es": "adios, hasta luego, hasta pronto, hasta manana, chao, nos vemos, que tengas un buen dia",
    },
    Talk.ARTICLES: {
        "en": "what articles do you have, which articles do you have, what articles are there, "
        "which articles are there, list articles, list the articles, list all articles, list "
        "all the articles, list your articles, show articles, show me the articles, show the "
        "articles, show all articles, what articles have you read, which articles have you "
        "read, how many articles do you have, how many articles are there, how many articles "
        "have you read, what are the articles about, what are your articles about, what "
        "topics do you cover, what topics are there, what do you know about, what is in the "
        "library, what's in the library, what's in here, what is in here, what do you know, "
        "what are the articles, what articles can i ask about, which articles can i ask about",
        "de": "welche artikel hast du, welche artikel gibt es, welche artikel haben sie, wie viele "
        "artikel gibt es, wie viele artikel hast du, zeige die artikel, zeig mir die artikel, "
        "worum geht es in den artikeln, was weisst du",
        "fr": "quels articles as tu, quels articles avez vous, quels articles y a t il, combien "
        "d'articles y a t il, combien d'articles as tu, montre les articles, montre moi les "
        "articles, de quoi parlent les articles",
        "es": "que articulos tienes, que articulos hay, que articulos tiene, cuantos articulos hay, "
        "cuantos articulos tienes, muestra los articulos, de que tratan los articulos",
    },
    Talk.ABOUT: {
        "en": "help, help me, can you help, can you help me, could you help me, i need help, what "
        "can you do, what can you do for me, what else can you do, what do you do, what are "
        "you able to do, what are you good for, what are you for, how can you help, how can "
        "you help me, who are you, what are you, who made you, who built you, who created "
        "you, what is your name, what's your name, introduce yourself, tell me about "
        "yourself, how do you work, how does footnote work, what is footnote, what does "
        "footnote do, how do i use you, how do i use footnote, how to use footnote, how can i "
        "use you, how should i use you, what can i ask, what can i ask you, what should i "
        "ask, what should i ask you, what may i ask, what questions can i ask, what kind of "
        "questions can i ask, how do i start, how do i begin, where do i start, how do i get "
        "started, give me an example, give me some examples, show me an example, are you a "
        "bot, are you a robot, are you human, are you a human, are you real, are you an ai, "
        "are you ai, are you chatgpt, are you a language model, is this chatgpt, how do i ask "
        "a question, how do i add articles, how do i add an article",
        "de": "hilfe, hilf mir, ich brauche hilfe, kannst du mir helfen, konnen sie mir helfen, was "
        "kannst du, was kannst du tun, was kannst du alles, was kannst du machen, was konnen "
        "sie, was machst du, wer bist du, was bist du, wer sind sie, wie funktionierst du, "
        "wie arbeitest du, wie heisst du, was kann ich fragen, was kann ich dich fragen, was "
        "ist footnote, wie funktioniert footnote, bist du ein mensch, bist du ein roboter, "
        "bist du eine ki",
        "fr": "aide, aide moi, aidez moi, a l'aide, peux tu m'aider, pouvez vous m'aider, j'ai "
        "besoin d'aide, que peux tu faire, que sais tu faire, que pouvez vous faire, qu'est "
        "ce que tu peux faire, qu'est ce que tu sais faire, qu'est ce que vous pouvez faire, "
        "qui es tu, qui etes vous, qu'es tu, comment fonctionnes tu, comment tu fonctionnes, "
        "comment fonctionnez vous, comment t'appelles tu, que puis je demander, qu'est ce que "
        "footnote, comment fonctionne footnote, tu es un robot, es tu un robot",
        "es": "ayuda, ayudame, puedes ayudarme, me puedes ayudar, necesito ayuda, que puedes hacer, "
        "que sabes hacer, que puede hacer, que haces, quien eres, que eres, quien es usted, "
        "como funcionas, como te llamas, que puedo preguntar, que puedo preguntarte, que es "
        "footnote, como funciona footnote, eres un robot, eres una ia",
    },
}
# Asked of the tool only when nothing was said before that “this” could mean.
POINTING = {
    "en": "what is this, what's this, how does this work, how does it work, how do i use this, how "
    "to use this, what is this for, what does this do, how do i use it",
    "de": "was ist das, was ist das hier, wie funktioniert das, wie geht das",
    "fr": "qu'est ce que c'est, c'est quoi, comment ca marche, comment ca fonctionne",
    "es": "que es esto, como funciona esto, como funciona",
}
# What may stand beside a phrase and says nothing by itself.
FILLING = (
    "there, footnote, everyone, everybody, all, friend, my friend, mate, buddy, sir, again, please, then, "
    "now, so, well, very much, so much, a lot, for that, for this, for it, for the answer, for your answer, "
    "for the answers, for your help, for the help, for helping, for helping me, for everything, "
    "for the info, for the information, "
    "bot, chatbot, dear, and, but, just, exactly, really, very, today, it is, that is, that's, it's, also, "
    "bitte, auch, fur die hilfe, fur deine hilfe, fur ihre hilfe, und, "
    "s'il te plait, s'il vous plait, pour votre aide, pour ton aide, pour l'aide, et, "
    "por favor, por la ayuda, por tu ayuda, por su ayuda, y, amigo"
)
LONGEST = 16  # words: nobody greets at such length
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
LENGTHENED = re.compile(r"([a-z])\1{2,}")  # hiiii, sooo

SHOWING = frozenset({Talk.GREETING, Talk.ARTICLES, Talk.ABOUT})  # whose replies show what there is
MOST_TITLES = 8
ADD_FIRST = {
    "en": "There are no articles yet: add some, on the page or with `footnote ingest PATH`.",
    "de": "Es gibt noch keine Artikel: Füge welche hinzu, auf der Seite oder mit `footnote ingest PFAD`.",
    "fr": "Il n’y a pas encore d’articles : ajoutez-en, sur la page ou avec `footnote ingest CHEMIN`.",
    "es": "Todavía no hay artículos: añada algunos, en la página o con `footnote ingest RUTA`.",
}
# {here}: the articles counted; {ask}: a sentence with examples, or nothing.
WORDS: Mapping[str, Mapping[Talk, str]] = {
    "en": {
        Talk.GREETING: "Hello! Ask anything about the {here}.{ask}",
        Talk.THANKS: "You are welcome. Ask whenever there is something else.",
        Talk.FINE: "All right. Ask whenever there is something else.",
        Talk.GOODBYE: "Goodbye! The articles stay here for the next questions.",
        Talk.ARTICLES: "The library holds {here}: {titles}.{ask}",
        Talk.ABOUT: "Footnote answers questions about articles; it has {here}. Every sentence of an "
        "answer rests on them and carries a footnote to its paragraph, and when they do not "
        "answer, it says so. It also sums up an article in one paragraph.{ask}",
    },
    "de": {
        Talk.GREETING: "Hallo! Frag, was du wissen möchtest; es geht um {here}.{ask}",
        Talk.THANKS: "Gern geschehen. Frag einfach weiter.",
        Talk.FINE: "Gut. Frag einfach weiter.",
        Talk.GOODBYE: "Auf Wiedersehen! Die Artikel bleiben für die nächsten Fragen hier.",
        Talk.ARTICLES: "Die Bibliothek enthält {here}: {titles}.{ask}",
        Talk.ABOUT: "Footnote beantwortet Fragen zu Artikeln; es hat {here}. Jeder Satz einer Antwort "
        "beruht auf ihnen und trägt eine Fußnote zu seinem Absatz; steht die Antwort nicht "
        "darin, sagt Footnote das. Es fasst auch einen Artikel in einem Absatz zusammen.{ask}",
    },
    "fr": {
        Talk.GREETING: "Bonjour ! Posez une question ; il y a ici {here}.{ask}",
        Talk.THANKS: "Avec plaisir. Posez une autre question quand vous voulez.",
        Talk.FINE: "Bien. Posez une autre question quand vous voulez.",
        Talk.GOODBYE: "Au revoir ! Les articles restent ici pour les prochaines questions.",
        Talk.ARTICLES: "La bibliothèque contient {here} : {titles}.{ask}",
        Talk.ABOUT: "Footnote répond à des questions sur des articles ; il en a ici : {here}. Chaque "
        "phrase d’une réponse s’appuie sur eux et porte une note vers son paragraphe ; s’ils "
        "ne répondent pas, il le dit. Il résume aussi un article en un paragraphe.{ask}",
    },
    "es": {
        Talk.GREETING: "¡Hola! Haga una pregunta; aquí hay {here}.{ask}",
        Talk.THANKS: "De nada. Pregunte de nuevo cuando quiera.",
        Talk.FINE: "Bien. Pregunte de nuevo cuando quiera.",
        Talk.GOODBYE: "¡Hasta luego! Los artículos quedan aquí para las próximas preguntas.",
        Talk.ARTICLES: "La biblioteca contiene {here}: {titles}.{ask}",
        Talk.ABOUT: "Footnote responde preguntas sobre artículos; tiene {here}. Cada frase de una "
        "respuesta se apoya en ellos y lleva una nota a su párrafo; si no responden, lo dice."
        " También resume un artículo en un párrafo.{ask}",
    },
}
COUNTED = {
    "en": ("one article", "{n:,} articles"),
    "de": ("einen Artikel", "{n} Artikel"),
    "fr": ("un article", "{n} articles"),
    "es": ("un artículo", "{n} artículos"),
}
QUOTES = {"en": ("“", "”"), "de": ("„", "“"), "fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»")}
EXAMPLES = {
    "en": (" For example: {list}", " or "),
    "de": (" Zum Beispiel: {list}", " oder "),
    "fr": (" Par exemple : {list}", " ou "),
    "es": (" Por ejemplo: {list}", " o "),
}
MORE = {"en": " and {n:,} more", "de": " und {n} weitere", "fr": " et {n} autres", "es": " y {n} más"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to talk about: the titles of the articles, and questions that they answer."""

    titles: tuple[str, ...]
    examples: tuple[str, ...] = ()


def recognise(message: str, *, opening: bool) -> Said | None:
    """Return what a message says to the tool, or None when it may be a question to the articles.

    `opening`: nothing was said before, so that “What is this?” asks about the tool.

    >>> recognise("Hi there, thanks a lot!", opening=True)
    Said(talk=<Talk.THANKS: 'thanks'>, language='en')
    >>> recognise("Thanks to whom did the bridge reopen?", opening=True)
    """
    left = _words(message)
    if not 0 < len(left) <= LONGEST:
        return None
    known = _phrases(opening)
    found: list[Said] = []
    while left:
        length = next((n for n in range(len(left), 0, -1) if tuple(left[:n]) in known), 0)
        if not length:
            return None
        said = known[tuple(left[:length])]
        found += [said] if said else []
        left = left[length:]
    order = list(Talk)
    return max(found, key=lambda said: order.index(said.talk), default=None)


def _words(message: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", message.replace("’", "'")).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return [LENGTHENED.sub(r"\1", w) for w in WORD.findall(plain)]


@cache
def _phrases(opening: bool) -> dict[tuple[str, ...], Said | None]:
    """Return every phrase by its words; what only fills says nothing (None)."""
    known: dict[tuple[str, ...], Said | None] = {tuple(_words(p)): None for p in FILLING.split(",")}
    tables = [*PHRASES.items(), *([(Talk.ABOUT, POINTING)] if opening else [])]
    for talk, languages in tables:
        for language, phrases in languages.items():
            for phrase in phrases.split(","):
                known.setdefault(tuple(_words(phrase)), Said(talk, language))
    return known


def answer(said: Said, shelf: Shelf) -> str:
    """Return what is said back, in the same language; with articles to ask about, it names some.

    >>> answer(Said(Talk.GREETING, "en"), Shelf(("Bridges", "Boats"), ("Who is Ada Venn?",)))
    'Hello! Ask anything about the 2 articles. For example: “Who is Ada Venn?”'
    """
    language = said.language
    if not shelf.titles and said.talk in SHOWING:
        greeting = WORDS[language][said.talk].partition("!")[0] + "! " if said.talk is Talk.GREETING else ""
        return greeting + ADD_FIRST[language]
    one, many = COUNTED[language]
    count = len(shelf.titles)
    here = one if count == 1 else many.format(n=count)
    lead, joint = EXAMPLES[language]
    ask = lead.format(list=joint.join(_quoted(e, language) for e in shelf.examples)) if shelf.examples else ""
    shown = list(dict.fromkeys(shelf.titles))[:MOST_TITLES]  # two versions of a story may share a title
    titles = ", ".join(_quoted(t, language) for t in shown)
    more = sum(t not in shown for t in shelf.titles)
    titles += MORE[language].format(n=more) if more else ""
    return WORDS[language][said.talk].format(here=here, ask=ask, titles=titles)


def _quoted(text: str, language: str) -> str:
    opening, closing = QUOTES[language]
    return f"{opening}{text}{closing}"
