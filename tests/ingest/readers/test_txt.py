from __future__ import annotations

import textwrap
import time

import pytest

from footnote.ingest.readers.document import disarmed
from footnote.ingest.readers.txt import blocks_of, is_heading, paragraphs_of, read, read_text

LONG = (
    "The council met on Tuesday to hear what had become of the pool. It has leaked since spring, and the "
    "repairs would cost more than the parks do in a year, so that few believed it could be saved by summer."
)
OTHER = (
    "Swimmers came in numbers and stayed until midnight. One of them had learnt to swim there in 1958, she "
    "said, and would swim there again whatever it took, even if she had to carry the water in by hand."
)


def texts(text):
    return [t for _, t in read_text(text).paragraphs]


def test_blank_lines_part_paragraphs():
    assert texts(f"{LONG}\n\n{OTHER}\n") == [LONG, OTHER]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\n"])
def test_the_line_ends_of_every_system_are_read(end):
    assert texts(f"{LONG}{end}{end}{OTHER}{end}") == [LONG, OTHER]


def test_a_paragraph_a_line_without_blank_lines():
    assert texts(f"{LONG}\n{OTHER}\n{LONG}\n") == [LONG, OTHER, LONG]


@pytest.mark.parametrize("width", [50, 64, 72, 79, 95])
def test_lines_wrapped_by_hand_are_joined(width):
    wrapped = "\n\n".join(textwrap.fill(t, width) for t in (LONG, OTHER, LONG))
    assert texts(wrapped) == [LONG, OTHER, LONG]


def test_wrapped_paragraphs_that_only_a_short_line_parts():
    wrapped = "\n".join(textwrap.fill(t, 60) for t in (LONG + " Yes.", OTHER, LONG + " Yes."))
    assert texts(wrapped) == [LONG + " Yes.", OTHER, LONG + " Yes."]


def test_wrapped_paragraphs_that_only_an_indent_parts():
    wrapped = "\n".join(textwrap.fill(t, 72, initial_indent="    ") for t in (LONG, OTHER, LONG))
    assert texts(wrapped) == [LONG, OTHER, LONG]


@pytest.mark.parametrize("line", ["=", "-", "~"])
def test_an_underlined_line_is_a_title_also_where_the_text_follows_at_once(line):
    heading = "Nobody wants to pay for it."  # a sentence, but for the line under it
    found = read_text(f"{LONG}\n\n{heading}\n{line * len(heading)}\n{OTHER}\n\n{LONG}").paragraphs
    assert found == (("", LONG), (heading, OTHER), (heading, LONG))


def test_two_runs_of_short_lines_are_two_paragraphs_and_of_long_runs_each_line_is_one():
    lines = [f"Boat {n} sails at {n}." for n in range(14)]
    runs = [" ".join(lines[:3]), " ".join(lines[3:6])]
    assert texts("\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:6])) == runs
    assert texts("\n".join(lines[:7]) + "\n\n" + "\n".join(lines[7:])) == lines


def test_a_short_line_alone_is_the_title_of_what_follows():
    found = read_text(f"{LONG}\n\nWhat It Will Cost\n\n{OTHER}\n\n{LONG}\n\nWhat happens next\n\n{OTHER}")
    assert found.paragraphs == (
        ("", LONG),
        ("What It Will Cost", OTHER),
        ("What It Will Cost", LONG),
        ("What happens next", OTHER),
    )


def test_an_underlined_line_is_a_heading():
    found = read_text(f"The Pool\n========\n\n{LONG}\n\nthe cost of it\n--------------\n{OTHER}")
    assert found.title == "The Pool"
    assert found.paragraphs == (("", LONG), ("the cost of it", OTHER))


def test_a_rule_parts_paragraphs_and_goes():
    assert texts(f"{LONG}\n* * *\n{OTHER}") == [LONG, OTHER]


def test_a_first_line_without_a_full_stop_is_the_title():
    found = read_text(f"Pool to close after ninety years\n\n{LONG}\n\n{OTHER}")
    assert (found.title, len(found.paragraphs)) == ("Pool to close after ninety years", 2)


def test_a_title_may_be_a_question():
    assert read_text(f"Who will save the pool?\n\n{LONG}").title == "Who will save the pool?"


def test_a_first_line_with_a_full_stop_is_the_first_paragraph():
    found = read_text(f"The pool closes after ninety years.\n\n{LONG}")
    assert found.title == ""
    assert found.paragraphs[0] == ("", "The pool closes after ninety years.")


def test_a_lone_line_is_a_paragraph_not_a_title():
    assert read_text("The pool is closed").paragraphs == (("", "The pool is closed"),)


def test_byline_and_date_below_the_title_are_taken():
    found = read_text(f"Pool to close\nBy Ana Cruz\n31 May 2026\n\n{LONG}\n\n{OTHER}")
    assert (found.title, found.author, found.date) == ("Pool to close", "Ana Cruz", "2026-05-31")
    assert [t for _, t in found.paragraphs] == [LONG, OTHER]


def test_a_paragraph_that_begins_with_by_is_not_a_byline():
    text = "By noon the water was gone."
    assert texts(f"Pool to close\n\n{text}\n\n{LONG}") == [text, LONG]


def test_a_list_is_one_paragraph_with_an_item_a_line():
    found = texts(
        f"{LONG}\n\nThey want three things:\n* a pool\n* a hall that is warm\n  in winter\n* a bus\n\n{OTHER}"
    )
    assert found[1:-1] == ["They want three things:", "- a pool\n- a hall that is warm in winter\n- a bus"]


def test_items_that_blank_lines_part_are_one_list_and_numbers_stay():
    assert texts(f"{LONG}\n\n1. a pool\n\n2) a hall\n\n{OTHER}")[1] == "1. a pool\n2. a hall"


def test_verse_keeps_its_lines():
    verse = "The tide goes out\nand no one knows\nwhere all the water\nalways goes"
    assert verse in texts(f"{LONG}\n\n{verse}\n\n{OTHER}\n\n{LONG}")


def test_a_credit_goes_with_the_caption_line_above_it():
    assert texts(f"{LONG}\n\nThe old pool in winter\n(Image source: Agency)\n\n{OTHER}") == [LONG, OTHER]


@pytest.mark.parametrize(
    "line",
    [
        "Share this article",
        "Advertisement",
        "Read more: Ten pools to see",
        "© 2026 The Daily. All rights reserved.",
    ],
)
def test_boilerplate_goes(line):
    assert texts(f"{LONG}\n\n{line}\n\n{OTHER}") == [LONG, OTHER]


def test_soft_hyphens_and_zero_width_blanks_go():
    found = disarmed(read("The swim\u00adming pool\u200b is shut.\n\nIt leaks, they say.".encode()))
    assert [t for _, t in found.paragraphs] == ["The swimming pool is shut.", "It leaks, they say."]


def test_bytes_are_decoded():
    assert read("“Naïve,” he said.\n\nShe was not.".encode("cp1252")).paragraphs[0][1] == "“Naïve,” he said."


def test_a_sentence_that_ends_in_no_stop_is_not_taken_for_a_heading():
    assert not is_heading("and so the water went out of the pool and nobody ever saw it again")
    assert is_heading("US Concerns and Sanctions Amidst the Talks")


def test_given_paragraphs_take_no_title():
    assert paragraphs_of("Pool\n\nIt leaks.") == (("Pool", "It leaks."),)


@pytest.mark.parametrize(
    "text",
    ["a\n" * 300_000, "\n" * 10**6, "- a\n" * 200_000, "x" * 10**6, "A b\n\n" * 100_000, " " * 10**6 + "x"],
)
def test_a_megabyte_of_odd_text_is_read_in_seconds(text):
    started = time.perf_counter()
    blocks_of(text)
    read_text(text)
    assert time.perf_counter() - started < 30


def test_a_letter_that_was_saved_as_text_has_its_head_read():
    head = "From: Piet Haas <piet@example.org>\nTo: Anja Roth\nSubject: The gate\nDate: Mon, 3 Mar 2025 10:40:00 +0100\n"
    found = read(f"{head}\nDear Anja,\n\nthe gate opens in May, and the lock in June.\n".encode())
    assert (found.title, found.author, found.date) == ("The gate", "Piet Haas", "2025-03-03")
    assert [t for _, t in found.paragraphs] == ["Dear Anja,", "the gate opens in May, and the lock in June."]


def test_a_line_that_comes_again_and_again_goes():
    told = "\n\n".join(f"The tide is at {n} metres now, and it rises still.\n\nSend us what you see, please, at any hour" for n in range(3))  # fmt: skip
    assert [t for _, t in read(f"Flood\n\n{told}\n".encode()).paragraphs] == [
        f"The tide is at {n} metres now, and it rises still." for n in range(3)
    ]


def test_a_question_that_is_marked_as_one_is_the_heading_of_its_answer():
    told = "Q: Is the garden open in winter?\nA: No. It is closed.\n\nQ2. What is a tour?\n\nA2. Seventy euros.\n"
    assert read(f"The garden\n\nIt lies beside the river.\n\n{told}".encode()).paragraphs == (
        ("", "It lies beside the river."),
        ("Is the garden open in winter?", "No. It is closed."),
        ("What is a tour?", "Seventy euros."),
    )
