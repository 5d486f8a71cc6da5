import time
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from footnote.ingest.text.sentences import Span
from footnote.rag.model.cite import CitationParser, Marked, carrying, tidy
from tests.rag.conftest import by_words


def parse(*pieces, known=4, whole=True):
    parser = CitationParser(known)
    found, restarts = [], 0
    for take in [*(partial(parser.feed, piece) for piece in pieces), partial(parser.close, whole=whole)]:
        done = take()
        found = [*found, *done] if parser.restarts == restarts else done
        restarts = parser.restarts
    return found, parser.unknown


def marked(text, known=4):
    return [(m.text, m.sources) for m in parse(text, known=known)[0]]


@pytest.mark.parametrize(
    ("marker", "sources"),
    [
        ("[1]", (1,)),
        ("¹", (1,)),
        ("[cite: 2]", (2,)),
        ("[1†L3-L4]", (1,)),
        ("[1, 2]", (1, 2)),
        ("[1,2]", (1, 2)),
        ("[1; 3]", (1, 3)),
        ("[1 and 3]", (1, 3)),
        ("[1-3]", (1, 2, 3)),
        ("[1–3]", (1, 2, 3)),
        ("[3-1]", (1, 2, 3)),
        ("[[1]]", (1,)),
        ("[[1], [2]]", (1, 2)),
        ("[1][2]", (1, 2)),
        ("[1] [2]", (1, 2)),
        ("【1】", (1,)),
        ("【1†source】", (1,)),
        ("［2］", (2,)),
        ("[^1]", (1,)),
        ("[Source 2]", (2,)),
        ("[source: 2, source 3]", (2, 3)),
        ("[#4]", (4,)),
        ("[2](https://example.org/a_b)", (2,)),
        ("[2](#note-2)", (2,)),
        ("[2, 2, 1, 2]", (2, 1)),
        ("**[1]**", (1,)),
    ],
)
def test_every_form_of_a_marker_is_understood_before_and_after_the_full_stop(marker, sources):
    for text in (f"The mill closed {marker}.", f"The mill closed. {marker}", f"The mill closed{marker}."):
        assert marked(text) == [("The mill closed.", sources)]


@pytest.mark.parametrize(
    "text",
    [
        "It happened in [2024] again.",
        "It lasted [1999-2004] at least.",
        "She said [sic] it was [the mayor] who left.",
        "The list `items[1]` holds it.",
        "An array ```\nx[1] = y[2]\n``` ends.",
        "It was (1) or (2).",
        "A date [12 May] is no marker.",
    ],
)
def test_years_code_and_other_brackets_are_text(text):
    found, unknown = parse(text)
    assert all(m.sources == () for m in found)
    assert unknown == 0
    assert " ".join(m.text for m in found).split() == text.split()


@pytest.mark.parametrize(("marker", "unknown"), [("[9]", 1), ("[0]", 1), ("[5, 6, 1]", 2), ("[3-6]", 2)])
def test_numbers_that_no_source_has_are_dropped_and_counted(marker, unknown):
    found, count = parse(f"The mill closed {marker}.")
    assert [m.text for m in found] == ["The mill closed."]
    assert all(1 <= n <= 4 for n in found[0].sources)
    assert count == unknown


def test_a_range_of_a_million_is_bounded():
    start = time.perf_counter()
    assert parse("It closed [1-999999999999].")[1] <= 100
    assert time.perf_counter() - start < 1


def test_a_marker_goes_with_the_sentence_before_it_and_a_line_s_own_with_its_line():
    assert marked("It closed. [1] It opened. [2][3] It closed again [4].") == [
        ("It closed.", (1,)),
        ("It opened.", (2, 3)),
        ("It closed again.", (4,)),
    ]
    assert marked("It closed.\n[2] It opened.") == [("It closed.", ()), ("It opened.", (2,))]
    assert marked("It closed.\n[2]\nIt opened [1].") == [("It closed.", (2,)), ("It opened.", (1,))]


def test_lists_headings_and_bold_become_plain_sentences():
    text = "## Answer\n- **The mill** closed [1].\n* It opened [2].\n1. It burnt [3].\n2) It was sold [4]."
    assert marked(text) == [
        ("Answer", ()),
        ("The mill closed.", (1,)),
        ("It opened.", (2,)),
        ("It burnt.", (3,)),
        ("It was sold.", (4,)),
    ]


def test_a_list_of_sources_at_the_end_is_no_part_of_the_answer():
    assert marked("It closed [1].\n\nSources:\n[1] The mill\n[2] The dam") == [("It closed.", (1,))]
    assert marked("It closed [1].\nSources: [1], [2]") == [("It closed.", (1,))]


def test_what_the_model_thinks_aloud_is_left_out():
    assert marked("<think>Source [2] says. Or not?</think>\nIt closed [1].") == [("It closed.", (1,))]
    assert parse("<think>It never comes to an end [1].")[0] == []


def test_abbreviations_do_not_end_a_sentence_and_quoted_speech_stays_whole():
    text = "Dr. Lee left the U.S. in Jan. 2024 [1]. “Why?” Ada Venn asked [2]. Nobody knew [3]."
    assert [m.sources for m in parse(text)[0]] == [(1,), (2,), (3,)]


def test_a_sentence_is_handed_on_before_the_text_ends():
    parser = CitationParser(2)
    found = parser.feed(
        "The mill closed in 1951 [1]. " + "It was then sold to the parish of Lower Aune, which" + " "
    )
    assert found == [Marked("The mill closed in 1951.", (1,))]


def test_a_marker_is_held_back_until_it_is_whole():
    parser = CitationParser(2)
    shown = parser.feed("The mill closed in 1951 [") + parser.feed("1")
    assert shown == []
    assert parser.feed("]. ") == []
    assert parser.close() == [Marked("The mill closed in 1951.", (1,))]


def test_a_text_that_breaks_off_has_a_last_sentence_that_is_not_whole_and_no_half_marker():
    found, _ = parse("The mill closed [1]. It was sold to the pari", whole=False)
    assert found == [Marked("The mill closed.", (1,)), Marked("It was sold to the pari", (), whole=False)]
    found, _ = parse("The mill closed in 1951 [1", whole=False)
    assert found == [Marked("The mill closed in 1951", (), whole=False)]
    found, _ = parse("The mill closed in 1951 [1].", whole=False)
    assert found == [Marked("The mill closed in 1951.", (1,))]


def test_halves_of_a_pair_are_joined_and_a_half_alone_is_replaced():
    found, _ = parse("A smile \ud83d", "\ude00 and a half \ud83d here \udc00.")
    assert found[0].text == "A smile 😀 and a half � here �."
    found[0].text.encode("utf-8")
    assert parse("It ends \ud83d")[0][0].text == "It ends �"


def test_controls_and_invisible_characters_are_left_out():
    assert marked("The \x1b[31mmill\x00 clo\u200bsed\u202e [1].")[0][0] == "The [31mmill closed."


ALPHABET = st.sampled_from(
    [*"ab. ,\n`(<[]123-", "[1]", "[2, 3]", "【1】", "The mill. ", "```", "[9]", "<think>", "</think>", "U.S. ",
     "\ud83d", "\ude00", "。", "](http://x.y) ", "Sources:\n", "1. ", "- ", "“Why?” ", "**"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(ALPHABET, max_size=60).map("".join), st.lists(st.integers(1, 9), min_size=1, max_size=30))
@example("A mill. [1] It closed [2](http://x.y). See `a[1]` 【3】.\n- Two [2]\n\n[3]\nEnd [", [1, 2])
def test_any_way_of_cutting_a_text_gives_the_same_sentences(text, sizes):
    pieces, position, turn = [], 0, 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[position : position + size])
        position, turn = position + size, turn + 1
    for whole in (True, False):
        assert parse(*pieces, whole=whole) == parse(text, whole=whole)


@settings(max_examples=150)
@given(st.text(max_size=300) | st.lists(ALPHABET, max_size=60).map("".join))
def test_whatever_comes_the_sentences_can_be_written_and_name_known_sources(text):
    for m in parse(text)[0]:
        m.text.encode("utf-8")
        assert set(m.sources) <= {1, 2, 3, 4}
        assert m.text == m.text.strip()
        assert m.text


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("mill dam parish river bridge tower".split()),
                          st.lists(st.integers(1, 4), max_size=3, unique=True)), min_size=1, max_size=8))  # fmt: skip
def test_every_marker_ends_up_with_its_own_sentence(facts):
    text = " ".join(
        f"The old {noun} was closed for good in 1951{''.join(f' [{n}]' for n in numbers)}."
        for noun, numbers in facts
    )
    assert marked(text) == [
        (f"The old {noun} was closed for good in 1951.", tuple(numbers)) for noun, numbers in facts
    ]


@pytest.mark.parametrize(
    "text", ["[" * 4000, "(" * 4000, "`" * 4000, "word " * 4000, "[1]" * 2000, "a" * 20_000, "<" * 4000]
)
def test_hostile_texts_take_little_time(text):
    start = time.perf_counter()
    parse(text)
    assert time.perf_counter() - start < 10


def test_links_images_and_tags_leave_only_their_words():
    assert tidy(
        "See ![x](http://evil.example/?q=1) <img src=x onerror=alert(1)>the [mill](https://a.b)."
    ) == ("See x the mill.")


PARAGRAPH = (
    "The city closed its old harbour bridge on Monday after engineers found cracks. "
    "Mayor Ada Venn said that the work would last until the end of August. "
    "Ferries run every ten minutes while the bridge is closed."
)


def test_the_words_that_carry_a_sentence_are_quoted():
    span = carrying("The work will last until August, Mayor Ada Venn said.", PARAGRAPH, by_words)
    assert PARAGRAPH[span.start : span.end].startswith("Mayor Ada Venn")
    assert PARAGRAPH[span.start : span.end].endswith("August.")


def test_a_sentence_from_two_is_quoted_with_both():
    span = carrying("The bridge closed on Monday and the mayor, Ada Venn, said work would last until August.",
                    PARAGRAPH, by_words)  # fmt: skip
    assert PARAGRAPH[span.start : span.end].startswith("The city closed")
    assert PARAGRAPH[span.start : span.end].endswith("August.")


def test_a_blank_paragraph_carries_nothing():
    assert carrying("Anything.", "", by_words) is None
    assert carrying("Anything.", "No stop here", by_words) == Span(0, 12)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It closed.²⁻⁴ He came.", [("It closed.", (2, 3, 4)), ("He came.", ())]),
        ("It closed in 1951¹.", [("It closed in 1951.", (1,))]),
        ("It closed.¹²", [("It closed.", (1, 2))]),
        ("It has 5 km² and 1000³ of them.", [("It has 5 km² and 1000³ of them.", ())]),
    ],
)
def test_raised_digits_are_read_as_in_a_whole_text(text, found):
    assert marked(text) == found
