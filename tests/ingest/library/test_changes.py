from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.library.changes import Change, WordRun, compare

texts = st.lists(st.text(alphabet="ab 1.", max_size=12), max_size=8)


def test_nothing_changed_is_no_change() -> None:
    assert compare(["a", "b"], ["a", "b"]) == ()


def test_a_changed_figure_is_shown_in_its_paragraph() -> None:
    (change,) = compare(["One.", "It cost 4 million."], ["One.", "It cost 5 million."])
    assert (change.kind, change.before, change.after) == ("changed", 2, 2)
    assert change.parts[1:3] == (WordRun("removed", "4"), WordRun("added", "5"))


def test_added_and_removed_paragraphs_have_the_number_of_their_version() -> None:
    before = ["The tide came in.", "Nobody saw it at all.", "It went out."]
    after = ["Storm warning for the whole coast.", "The tide came in.", "It went out."]
    assert [(c.kind, c.before, c.after) for c in compare(before, after)] == [
        ("added", 0, 1),
        ("removed", 2, 0),
    ]


def test_a_paragraph_put_before_a_changed_one_is_added() -> None:
    before = ["The repair costs four million euros and ends in May."]
    after = ["A new paragraph of other words.", "The repair costs five million euros and ends in May."]
    assert [(c.kind, c.before, c.after) for c in compare(before, after)] == [
        ("added", 0, 1),
        ("changed", 1, 2),
    ]


def test_a_change_has_a_json_form() -> None:
    assert compare([], ["a"])[0].as_json() == {
        "kind": "added", "before": 0, "after": 1, "parts": [{"kind": "added", "text": "a"}],
    }  # fmt: skip


@given(texts, texts)
def test_the_new_version_can_be_made_of_the_old_and_the_changes(before: list[str], after: list[str]) -> None:
    changes = compare(before, after)
    touched = {c.after: c for c in changes if c.after}
    gone = {c.before for c in changes if c.before}
    kept = iter(text for number, text in enumerate(before, start=1) if number not in gone)
    made = [_new(touched[n]) if n in touched else next(kept) for n in range(1, len(after) + 1)]
    assert made == after
    assert all(_old(c) == before[c.before - 1] for c in changes if c.before)


def _new(change: Change) -> str:
    return "".join(p.text for p in change.parts if p.kind != "removed")


def _old(change: Change) -> str:
    return "".join(p.text for p in change.parts if p.kind != "added")


def test_a_number_is_one_word_in_what_changed() -> None:
    (change,) = compare(["The repair will cost 380,000 in all."], ["The repair will cost 410,000 in all."])
    assert [p.text for p in change.parts if p.kind != "same"] == ["380,000", "410,000"]
