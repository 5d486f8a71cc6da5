"""Sentence ends in news text, written as lines with a bar where one sentence ends."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.text.sentences import sentences

LINES = [
    "The tide came in.|Nobody moved.",
    "Dr. Amara Lee paid $4.2 million.|“Why?” he asked.|No.",
    "Gen. Oduya met Sen. Park and Rep. Diaz on Tuesday.|They left early.",
    "The U.S. Navy sent two ships.|The U.K. sent none.",
    "She grew up in the U.S. and moved back.|Her brother stayed.",
    "He had never left the U.S.|The trip was his first.",
    "It opens at 7 a.m. Monday and shuts at 5 p.m. GMT on Fridays.",
    "They met at 10 a.m.|Nobody spoke.",
    "They met at 10 a.m.|Smith was late.",
    "Shortly after 6:30 p.m. Mayor Cruz spoke.|It was 7 p.m.|Mayor Cruz left.",
    "It is open 7 a.m. – 5 p.m. on Fridays.|Come early.",
    "It is open until 5 p.m. (Sundays: 2 p.m.) and shut on feasts.|Come early.",
    "J. K. Marlowe and H.G. Barton wrote it.|Critics were kind.",
    "George W. Hale ran again.|He lost.",
    "A. A. Milne and J. I. Packer wrote books.|It was the age of vitamin C.|I know.",
    "Water boils at 100 °C.|Above it, steam forms.",
    "Take vitamin C.|The rest is sleep.",
    "Plan B.|But nobody had one.",
    "Acme Inc. Chief Executive Lou Tan resigned.|Shares fell.",
    "He works for Acme Inc.|The firm is small.",
    "Room N°. 7 is full, and Nº. 8 too.|Room No. 7 is empty.|He said no.|Then he left.",
    "See Fig. 3 and pp. 12–14.|Both are wrong.",
    "She moved to St. Louis in Sept. 2019.|It rained.",
    "The bill passed on Jan. 5.|It takes effect in March.",
    "Martin Cole Jr. Avenue is closed.",
    "Sales rose 3.5% to €1.2bn.|Profit fell to 0.9.|Costs?|Unknown.",
    "He paused … then went on.|“Well… who knows?”",
    "Wait...|What was that?",
    "They waited ... and waited.",
    "“The union . . . Kept them out,” he said.|“It is over . . . .”|Nobody spoke. . . .|They left.",
    "“The mill stood . . . empty” (Holt 1951, p. 12).|“It burned.”|(It did not.)|“It fell!” (1986).",
    "“We won.”|She sat down.",
    "“Stop!” shouted the guard.|Nobody did.",
    "“Are you sure?” Anna Berg asked.|He was.",
    "“Never again!” Mayor Cruz said on Monday.|The crowd cheered.",
    "“It is late,” he said.|“We should go.”",
    "(It was closed.)|We went home.",
    "He left (in May).|She stayed.",
    "It fell by half.[3]|Then it rose.[12][13]|It fell again.",
    "The war ended in 1945.|The town rebuilt.",
    "1. Wash the rice.|2. Boil it.",
    "1.) Wash the rice.|2.) Boil it.|It cost 7 (or 8.)|Nobody paid.",
    "He finished No. 1.|Nobody was surprised.",
    "What?!|Yes!!|Really?",
    "Visit example.org for more.|It is free.",
    "Apples, pears, etc. were sold.|All went.",
    "Use e.g. Paris or Rome, i.e. a capital.|Not Lyon.",
    "Lund et al. (2020) disagree.|So do we.",
    "Roe v. Wade was overturned.|States acted.",
    "She has a Ph.D. in physics.|He has none.",
    "Mr. and Mrs. Okafor vs. the city: a long case.|They won.",
    "Sales fell.|iPhone exports did too.",
    "- Steel|- Glass|- Wood",
    "Am 3. Mai kam er an.|Dr. Weiß, z. B. in Köln, wartete.",
    "今日は雨です。|明日は晴れるでしょう！|本当？",
    "彼は「行こう。」と言った。|私は残った。",
    "「行こう。」|彼は立った。",
    "ذهب إلى السوق.|هل عاد؟|نعم.",
    "یہ ایک جملہ ہے۔|یہ دوسرا ہے۔",
    "यह पहला वाक्य है।|यह दूसरा है।",
    "»Wer ist da?«|Niemand.|»Komm!« rief er.",
    "¿Quién es?|Nadie lo sabe.|«Vámonos.»|Se fueron.",
    "Le M. Dupont est parti.|« Pourquoi ? » demanda-t-elle.",
    "The storm hit Mobile, Ala. on Friday.|Mt. Hale saw snow.",
    "He lives on Fifth Ave.|The house is old.",
    "Washington, D.C. police arrested two.|One fled.",
    "The firm is based in Washington, D.C.|It employs 40.",
    "He said it in the U.S.|“We are done,” he added.",
    "It cost 5 ft.|Nobody measured.",
    "The crack is 5 mm.|The plate is 9 mm.|Both hold.",
    "She saw “Hello, Dolly!”, a musical.|He did not.",
    "`` We won . ''|She sat down .",
    "Der Bau kostet 92 Mio. Euro.|Davon zahlt das Land z. B. die Brücken, d. h. die Hälfte.",
    "Am 3. Oktober begann der 12. Bauabschnitt.|Er endete 2019.|Der Rest folgt bis ca. Ende Mai.",
    "Er nannte ihn „überfällig“.|„Wir gehen“, sagte sie.|Es blieb bei 27.|Die Zahl stieg.",
    "M. Le Goff a reçu Mgr. Perrec.|« C’est fini », dit-il.|Puis il partit à 8 h.",
    "El Sr. Arana y la Dra. Molina viajaron a EE. UU. en abril.|¡Por fin!|¿Volverán?|Nadie lo sabe.",
    "“我们没有换掉一块好砖。”木匠周大山说。|茶馆六点开门。|“走吧！”|他站了起来。",
]


@pytest.mark.parametrize("line", LINES)
def test_sentences_end_where_a_reader_ends_them(line: str) -> None:
    separator = "\n" if line.startswith("- ") else "" if "。" in line else " "
    wanted = line.split("|")
    text = separator.join(wanted)
    assert [text[s:e] for s, e in sentences(text)] == wanted


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \u00a0"])
def test_a_blank_text_has_no_sentences(text: str) -> None:
    assert sentences(text) == []


def test_text_without_a_full_stop_is_one_sentence() -> None:
    assert sentences("  no stop here ") == [(2, 14)]


@given(st.text(alphabet="aA.!?… \n“”\"'1。(U.S)", max_size=80) | st.text(max_size=80))
def test_sentences_hold_all_but_blanks_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(text[a:b].strip() == "" for a, b in _between(text, spans))
    assert all(text[s:e] == text[s:e].strip() != "" for s, e in spans)


def _between(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies before, between and after the spans."""
    return list(zip([0, *[e for _, e in spans]], [*[s for s, _ in spans], len(text)], strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "." * 10**6 + "x",
        "a. " * 300_000,
        "1. mai " * 150_000,
        "." + '"' * 10**6 + "x",
        (". " + " " * 1000) * 1000,
        ". (" * 300_000,
        "J." * 500_000,
        ".[3]" * 250_000,
        "!” A b " * 150_000,
        "x" * 10**6 + ".",
        " " * 500_000 + "1. mai " * 50_000,
        ". " * 500_000 + "x",
        (". " * 59 + ".x ") * 8_000,
        ".” (" * 250_000,
        "1.) " * 250_000,
        "at 1 a.m. " * 100_000,
        " " * 500_000 + "1.) " * 50_000,
    ],
    ids=[
        "dots",
        "letters",
        "ordinals",
        "quotes",
        "blanks",
        "brackets",
        "initials",
        "notes",
        "names",
        "word",
        "indent",
        "spaced dots",
        "dots and a word",
        "sources",
        "items",
        "times",
        "indented items",
    ],
)
def test_a_megabyte_of_hostile_text_takes_seconds_not_hours(text: str) -> None:
    started = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - started < 20  # about 1 s; quadratic work takes hours
