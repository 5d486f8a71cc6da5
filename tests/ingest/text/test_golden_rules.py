"""The English Golden Rules: 48 lines that a sentence splitter should get right.

Kevin Dias drew them up for the Ruby gem pragmatic_segmenter; these are the lines, expected sentences and
numbers as pySBD 0.3.4 has them in `benchmarks/english_golden_rules.py` (Nipun Sadvilkar, MIT licence,
https://github.com/nipunsadvilkar/pySBD). A bar stands where one sentence ends.
"""

import pytest

from footnote.ingest.text.sentences import sentences

RULES = {
    1: "Hello World.|My name is Jonas.",
    2: "What is your name?|My name is Jonas.",
    3: "There it is!|I found it.",
    4: "My name is Jonas E. Smith.",
    5: "Please turn to p. 55.",
    6: "Were Jane and co. at the party?",
    7: "They closed the deal with Pitt, Briggs & Co. at noon.",
    8: "Let's ask Jane and co.|They should know.",
    9: "They closed the deal with Pitt, Briggs & Co.|It closed yesterday.",
    10: "I can see Mt. Fuji from here.",
    11: "St. Michael's Church is on 5th st. near the light.",
    12: "That is JFK Jr.'s book.",
    13: "I visited the U.S.A. last year.",
    14: "I live in the E.U.|How about you?",
    15: "I live in the U.S.|How about you?",
    16: "I work for the U.S. Government in Virginia.",
    17: "I have lived in the U.S. for 20 years.",
    18: "At 5 a.m. Mr. Smith went to the bank.|He left the bank at 6 P.M.|Mr. Smith then went to the store.",
    19: "She has $100.00 in her bag.",
    20: "She has $100.00.|It is in her bag.",
    21: "He teaches science (He previously worked for 5 years as an engineer.) at the local University.",
    22: "Her email is Jane.Doe@example.com.|I sent her an email.",
    23: "The site is: https://www.example.50.com/new-site/awesome_content.html.|Please check it out.",
    24: "She turned to him, 'This is great.' she said.",
    25: 'She turned to him, "This is great." she said.',
    26: 'She turned to him, "This is great."|She held the book out to show him.',
    27: "Hello!!|Long time no see.",
    28: "Hello??|Who is there?",
    29: "Hello!?|Is that you?",
    30: "Hello?!|Is that you?",
    31: "1.) The first item|2.) The second item",
    32: "1.) The first item.|2.) The second item.",
    33: "1) The first item|2) The second item",
    34: "1) The first item.|2) The second item.",
    35: "1. The first item|2. The second item",
    36: "1. The first item.|2. The second item.",
    37: "• 9. The first item|• 10. The second item",
    38: "⁃9. The first item|⁃10. The second item",
    39: "a. The first item|b. The second item|c. The third list item",
    40: "You can find it at N°. 1026.253.553.|That is where the treasure is.",
    41: "She works at Yahoo! in the accounting department.",
    42: "We make a good team, you and I.|Did you see Albert I. Jones yesterday?",
    43: "Thoreau argues that by simplifying one’s life, “the laws of the universe will appear less complex. . . .”",
    44: '"Bohr [...] used the analogy of parallel stairways [...]" (Smith 55).',
    45: "If words are left off at the end of a sentence, and that is all that is omitted, indicate the omission with ellipsis marks (preceded and followed by a space) and then indicate the end of the sentence with a period . . . .|Next sentence.",
    46: "I never meant that....|She left the store.",
    47: "I wasn’t really ... well, what I mean...see . . . what I'm saying, the thing is . . . I didn’t mean it.",
    48: "One further habit which was somewhat weakened . . . was that of combining words into self-interpreting compounds.|. . . The practice was not abandoned. . . .",
}
IN_ONE_LINE = "a list run on in one line without stops: nothing tells its numbers from those of a sentence"
NOT_HERE = {
    **dict.fromkeys((31, 33, 35, 37, 38, 39), IN_ONE_LINE),
    48: "four stops end the sentence before them; no sentence begins with an ellipsis",
}


def test_there_are_forty_eight() -> None:
    assert list(RULES) == list(range(1, 49))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            line,
            id=str(number),
            marks=[pytest.mark.xfail(reason=NOT_HERE[number], strict=True)] if number in NOT_HERE else [],
        )
        for number, line in RULES.items()
    ],
)
def test_a_golden_rule_holds(line: str) -> None:
    wanted = line.split("|")
    text = " ".join(wanted)
    assert [text[s:e] for s, e in sentences(text)] == wanted
