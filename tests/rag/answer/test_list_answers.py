from dataclasses import replace

import pytest

from footnote.rag.answer.choose import choose, cite
from footnote.rag.answer.question import analyse
from footnote.rag.check.support import check_support
from footnote.rag.types import Passage
from tests.rag.answer.made import candidate


def scored(text, score, *, passage=None, before=(), start=0):
    passage = passage or Passage("a", "Sundhaven", "a.md", "", 1, "", text, 1.0)
    return candidate(passage, text, start=start, score=score, before=before)


def texts(question, *candidates):
    """Return what is shown together; nothing when the best alone answers."""
    chosen = choose(analyse(question), sorted(candidates, key=lambda c: -c.score))
    return [c.text for c in chosen.sentences] if chosen.several else []


def test_a_comparison_shows_a_sentence_for_each_side():
    bridge = scored("The harbour bridge opened in 1931.", 2.0)
    again = scored("The harbour bridge is closed.", 1.9)
    tunnel = scored("In 1974 the Hollen tunnel was opened.", 1.0)
    question = "Which opened earlier, the Hollen tunnel or the harbour bridge?"
    assert texts(question, bridge, again, tunnel) == [tunnel.text, bridge.text]


def test_a_sentence_that_tells_of_both_sides_is_enough():
    both = scored("The bridge opened in 1931, the tunnel in 1974.", 1.9)
    assert texts(
        "Which opened earlier, the bridge or the tunnel?", scored("The bridge is old.", 2.0), both
    ) == [both.text]


def test_a_comparison_of_which_one_side_is_not_told_is_answered_as_any_other():
    assert (
        texts("Which opened earlier, the bridge or the tunnel?", scored("The bridge opened in 1931.", 2.0))
        == []
    )


def test_only_what_the_speaker_says_is_shown():
    other = scored("The mayor said that it costs 3 million.", 2.0)
    said = scored("The engineer said that it costs 5 million.", 1.5)
    assert texts("According to the engineer, what does it cost?", other, said) == [said.text]


def test_a_quote_goes_on_after_the_sentence_that_names_its_speaker():
    said = scored("“It will cost more,” she said.", 1.5, before=("The engineer said little.",))
    assert texts("What does the engineer say about the cost?", said) == [said.text]


def test_a_list_question_gets_every_item_of_an_enumeration_in_order():
    passage = Passage("a", "T", "a.md", "", 1, "", "whole", 1.0)
    items = [scored(f"- Town {n}", 2.0 - n / 10, start=100 - n, passage=passage) for n in range(4)]
    assert texts("Which towns does the line serve?", *items) == [
        "- Town 3",
        "- Town 2",
        "- Town 1",
        "- Town 0",
    ]


def test_an_enumeration_may_follow_in_the_next_paragraph():
    lead = scored("These are the towns that it serves:", 2.0)
    passage = Passage("a", "T", "a.md", "", 2, "", "whole", 0.5)
    items = [scored(f"- Town {n}", 0.2, start=n, passage=passage) for n in range(3)]
    assert texts("Which towns does the line serve?", lead, *items) == ["- Town 0", "- Town 1", "- Town 2"]


@pytest.mark.parametrize("question", ["What is new?", "What does the council say?"])
def test_a_sentence_that_leads_a_list_gets_its_items_whatever_was_asked(question):
    lead = scored("The council says that this is new:", 2.0)
    passage = Passage("a", "T", "a.md", "", 2, "", "whole", 0.5)
    items = [scored(f"- Thing {n}", 0.2, start=n, passage=passage) for n in range(2)]
    apart = scored("- Another list", 0.3, passage=replace(passage, paragraph=5))
    assert texts(question, lead, apart, *items) == [lead.text, "- Thing 0", "- Thing 1"]
    assert texts("What is new?", lead, apart) == []


def test_a_sentence_that_leads_to_a_command_brings_it_if_its_paragraph_ends_there():
    lead = scored("To clean the rollers, run:", 2.0, passage=Passage("a", "T", "a.md", "", 1, "", "To clean the rollers, run:", 1.0))  # fmt: skip
    command = scored(
        "press wash --slow", 0.2, passage=Passage("a", "T", "a.md", "", 2, "", "press wash --slow", 0.5)
    )
    assert texts("How do I clean the rollers?", lead, command) == [lead.text, command.text]
    inside = scored("He said this:", 2.0, passage=Passage("a", "T", "a.md", "", 1, "", "He said this: no. Then he left:", 1.0))  # fmt: skip
    assert command.text not in texts("What did he say?", inside, command)


def test_a_list_question_gathers_items_from_several_paragraphs():
    one = scored("The line serves the towns of Lund and Moss.", 2.0)
    two = scored("Since May it also serves the towns of Alm and Bree.", 1.8)
    same = scored("The line serves the towns of Lund and Moss.", 1.7)
    far = scored("It rained.", 0.2)
    assert texts("Which towns does the line serve?", one, two, same, far) == [one.text, two.text]


def test_no_more_items_than_were_asked_for():
    many = [scored(f"The towns of A{n} and B{n} lie at river number{n}.", 2.0 - n / 100) for n in range(5)]
    assert len(texts("Which two towns lie at the river?", *many)) == 2


@pytest.mark.parametrize("question", ["When does the bridge open?", "Which town does the line serve?", ""])
def test_any_other_question_is_left_alone(question):
    assert (
        texts(question, scored("The bridge opens in May.", 2.0), scored("The line serves Lund.", 1.9)) == []
    )


def under(text, score, start=0, section="May I bring a dog?"):
    passage = Passage("a", "Rules", "a.md", "", 2, section, "whole", 1.0)
    return scored(text, score, passage=passage, start=start)


def test_below_a_heading_that_asks_stands_the_answer_and_nothing_of_elsewhere():
    no, only = under("No.", 1.0), under("Guide dogs are let in.", 2.0, 4)
    other = scored("Cats are welcome.", 1.9)
    assert texts("May I bring my dog?", only, other, no) == [no.text, only.text]


def test_a_long_answer_below_its_question_begins_at_the_beginning():
    told = [under(f"Sentence {n} says more of dogs.", 1.0 + n, 40 * n) for n in range(5)]
    assert texts("May I bring my dog?", *told) == [told[0].text, told[4].text]


def test_under_a_heading_that_states_the_best_sentences_are_taken():
    only = under("Guide dogs are let in.", 2.0, section="Dogs")
    assert texts("May I bring my dog?", only, under("No.", 1.0, section="Dogs")) == []


def test_a_list_of_which_nothing_more_is_said_has_no_sentence_without_the_thing():
    named = [scored("The ferries are old.", 2.0), scored("Two ferries were sold to Brask.", 1.9)]
    assert texts("List the ferries.", *named, scored("The harbour master is ill.", 1.95)) == [
        c.text for c in named
    ]


def test_an_item_far_below_the_best_has_to_hold_all_that_is_asked():
    best = scored("The line serves the towns of Brask and Holm.", 2.0)
    whole = scored("In 1990 the line served other towns, Rinn among them.", -90.0)
    part = scored("Towns are growing.", -90.0)
    assert texts("Which towns does the line serve?", best, whole, part) == [best.text, whole.text]


def test_each_side_of_a_comparison_gets_a_sentence_with_its_figure_where_there_is_one():
    best = scored("The Hollen tunnel is loved.", 2.0)
    tunnel = scored("The Hollen tunnel cost 4 million.", 1.8)
    bridge = scored("The harbour bridge cost 3 million.", 1.0)
    question = "Has the Hollen tunnel cost more than the harbour bridge?"
    assert texts(question, best, tunnel, bridge) == [tunnel.text, bridge.text]


def test_an_item_that_the_question_names_answers_under_its_own_lead_in():
    covered = Passage("a", "Policy", "a.md", "", 1, "", "The following are covered:", 1.0)
    goods = replace(covered, paragraph=2, text="- lost luggage\n- theft of a passport")
    not_covered = replace(covered, paragraph=3, text="The following are not covered:")
    leads = [candidate(covered, score=2.0), candidate(not_covered, score=2.1)]
    items = [
        candidate(goods, "- lost luggage", score=0.1, before=(covered.text,), above=covered.text),
        candidate(
            goods,
            "- theft of a passport",
            start=goods.text.index("- theft"),
            score=0.2,
            before=(covered.text, "- lost luggage"),
            above=covered.text,
        ),
    ]
    assert texts("Is theft of a passport covered?", *leads, *items) == ["- theft of a passport"]
    assert texts("Is a broken leg covered?", *leads, *items) == []
    other = replace(goods, paragraph=4, text="- passports that are left in a car")
    left = candidate(other, before=(not_covered.text,), above=not_covered.text, score=0.3)
    assert texts("Is theft of a passport covered?", *leads, *items, left) == ["- theft of a passport"]
    assert texts("Is a passport covered?", *leads, *items, left) == ["- theft of a passport", left.text]
    (lead, item), places = cite(items[1:], check_support)
    assert [lead.text, item.text] == ["The following are covered:", "theft of a passport"]
    assert [(c.paragraph, c.quote) for c in places] == [(1, lead.text), (2, "theft of a passport")]
