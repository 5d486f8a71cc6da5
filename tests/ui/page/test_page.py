"""What the page does with what a browser sends, which anyone can forge."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.errors import LibraryUnwritable
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome
from footnote.rag.assistant import Assistant
from footnote.rag.settings import Settings
from footnote.rag.types import Refusal, Remark
from footnote.ui.page.desk import SORRY, Note, ReplyQueue, reported, stoppable
from footnote.ui.page.page import Page
from footnote.ui.page.panels import conversation as conversation_panel
from footnote.ui.page.panels import library as library_panel
from footnote.ui.page.removals import LASTS, MOST_HELD, Removals
from footnote.ui.page.suggest import Suggestions, examples
from footnote.ui.state import session as session_module
from footnote.ui.state.choices import Choices, suited
from footnote.ui.state.conversations import Conversations
from footnote.ui.state.session import Exchange, Session
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


def brought_back(library, held) -> Outcome:
    record, texts = held
    library.held[record.article_id] = held
    return Outcome(record.source, "added", record.article_id, record.title, len(texts))


class Browser:
    """Keeps the parts of a page current, as a browser does, and gives those that a test reads."""

    def __init__(self, assistant, uploads, store=None) -> None:
        library = assistant.library
        self.page = Page(
            assistant,
            uploads=uploads,
            store=store,
            conversations=Conversations(None),
            keep=lambda article: pickle.dumps(library.held[article]),
            bring_back=lambda kept: brought_back(library, pickle.loads(kept)),
        )
        self.ready, self.warm = self.page.ready, self.page.warm
        self.parts: dict[str, str] = {}

    def _talk(self) -> tuple[str, str]:
        return self.parts.get("past", "") + self.parts.get("now", ""), self.parts.get("sources", "")

    def _shelf(self) -> tuple[str, str, str]:
        library = self.parts.get("scope", "") + self.parts.get("tools", "") + self.parts.get("library", "")
        return library, self._talk()[0], self.parts.get("results", "")

    def _stepping(self, steps, read):
        try:
            for shown in steps:
                self.parts.update(shown)
                yield read()
        finally:
            steps.close()

    def ask(self, session, question, instead_of=None):
        return self._stepping(self.page.conversation.ask(session, question, instead_of), self._talk)

    def again(self, session, number):
        return self._stepping(self.page.conversation.again(session, number), self._talk)

    def summarise(self, session, article):
        return self._stepping(self.page.conversation.summarise(session, article), self._talk)

    def check(self, session, text):
        return self._stepping(self.page.conversation.check(session, text), self._talk)

    def upload(self, session, files):
        self.parts.update(self.page.desk.show_library(session))
        return self._stepping(self.page.library.upload(session, files), self._shelf)

    def paste(self, session, text, title):
        self.parts.update(self.page.desk.show_library(session))
        return self._stepping(self.page.library.paste(session, text, title), self._shelf)

    def link(self, session, text):
        return self._stepping(self.page.library.link(session, text), self._shelf)

    def remove(self, session, article):
        self.parts.update(self.page.library.remove(session, article))
        return self._shelf()

    def bring_back(self, session, results):
        removal = re.search(r'data-act="bring-back" data-argument="([^"]+)"', results)
        self.parts.update(self.page.library.bring_back(session, removal and removal[1]))
        return self._shelf()

    def rename(self, session, article, title):
        self.parts.update(self.page.library.rename(session, article, title))
        return self._shelf()

    def pick(self, session, article, on):
        return self.page.library.pick(session, article, on)["scope"]

    def pick_all(self, session):
        return self.page.library.all(session)["scope"]

    def library(self, session):
        self.parts.update(self.page.desk.show_library(session))
        return self._shelf()[0]

    def conversation(self, session):
        self.parts.update(self.page.desk.show_conversation(session))
        return self._talk()[0]

    def open_source(self, session, reference):
        return self.page.sources.cite(session, reference)["sources"]

    def fresh(self, session):
        self.parts.update(self.page.conversation.fresh(session))
        return self._talk()


@pytest.fixture
def page(assistant, uploads, make_store) -> Browser:
    page = Browser(assistant, uploads, make_store(assistant.library))
    page.ready.set()
    return page


def last(steps):
    return list(steps)[-1]


def put(uploads: Path, name: str, data: bytes) -> dict[str, str]:
    path = uploads / name
    path.write_bytes(data)
    return {"path": str(path), "name": name}


# Asking


def test_a_question_shows_at_once_and_its_answer_follows(page):
    steps = [conversation for conversation, _ in page.ask(Session(), "When is bread baked?")]
    assert "When is bread baked?" in steps[0]
    assert conversation_panel.WAITING in steps[0]
    assert 'data-state="busy"' in steps[0]
    assert "Rye bread is baked on" in steps[-1]
    assert 'data-state="idle"' in steps[-1]


def test_the_first_words_of_a_growing_reply_come_at_once(page, assistant):
    assistant.hold = threading.Event()
    begun = time.monotonic()
    steps = page.ask(Session(), "When is bread baked?")
    first = next(c for c, _ in steps if "Rye bread" in c)
    assert time.monotonic() - begun < 1
    assert 'data-state="busy"' in first
    assistant.hold.set()
    last(steps)


def test_the_sources_show_the_cited_paragraph_between_its_neighbours(page):
    _, sources = last(page.ask(Session(), "When is bread baked?"))
    assert "<mark>Rye bread is baked on Tuesdays</mark>. The oven" in sources
    assert "Nobody minds the dark." in sources
    assert "On Sundays the baker sleeps." in sources


def test_a_follow_up_is_asked_with_the_conversation_so_far(page, assistant):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    last(page.ask(session, "And loaves?"))
    turns = assistant.asked[-1][2]
    assert [t.role for t in turns] == ["user", "assistant"]
    assert turns[0].content == "When is bread baked?"
    assert turns[1].content == "Rye bread is baked on Tuesdays"


def test_two_open_pages_never_see_each_other(page):
    one, other = Session(), Session()
    last(page.ask(one, "When is bread baked?"))
    page.pick(one, "bbbb", True)
    assert "bread" not in page.conversation(other)
    assert "Rye bread" in page.open_source(one, "1-1")
    assert "no longer here" in page.open_source(other, "1-1")
    assert not other.picked


def test_a_question_goes_to_the_picked_articles_only_and_says_so(page, assistant):
    session = Session()
    assert "Searching 1 of 2 articles" in page.pick(session, "bbbb", True)
    conversation, _ = last(page.ask(session, "When is bread baked?"))
    asked = {
        one[0]: one[1] for one in assistant.asked
    }  # also questions to go on with, which are tried on all articles
    assert asked["When is bread baked?"].articles == ("bbbb",)
    assert "Searched 1 of 2 articles" in conversation
    assert "Searching all 2 articles" in page.pick_all(session)


def test_a_picked_article_that_goes_is_no_longer_picked(page, assistant):
    session = Session()
    page.pick(session, "bbbb", True)
    assistant.library.remove("bbbb")
    page.library(session)
    assert not session.picked


@pytest.mark.parametrize("article", [None, 7, "", "zzzz", "a" * 10_000, [["aaaa"]], {"$ne": ""}])
def test_what_is_not_an_article_cannot_be_picked_removed_or_summarised(page, assistant, article):
    session = Session()
    page.pick(session, article, True)
    assert not session.picked
    assert "no longer in the library" in page.remove(session, article)[2]
    assert "no longer in the library" in last(page.summarise(session, article))[0]
    assert len(assistant.library.held) == 2


@pytest.mark.parametrize("question", ["", "  \n ", None, 5, {"question": "x"}])
def test_an_empty_question_is_met_kindly(page, assistant, question):
    assert "Write a question first" in last(page.ask(Session(), question))[0]
    assert not assistant.asked


def test_a_question_that_is_too_long_gets_the_reason_and_keeps_the_conversation(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    conversation, _ = last(page.ask(session, "x" * 10_000))
    assert "longer than 4000 characters" in conversation
    assert "Rye bread" in conversation
    assert "x" * 1000 not in re.sub(r'data-question="x*"', "", conversation), "but in what Edit brings back"


def test_an_empty_library_says_to_add_articles(page, assistant):
    assistant.library.held.clear()
    session = Session()
    assert "Begin with an article" in page.conversation(session)
    assert "no articles yet" in last(page.ask(session, "Anything?"))[0]


def test_a_failure_is_one_polite_sentence_and_a_traceback_in_the_log(page, assistant, caplog):
    assistant.fail = RuntimeError("secret detail")
    session = Session()
    with caplog.at_level(logging.ERROR):
        conversation, _ = last(page.ask(session, "When is bread baked?"))
    assert SORRY in conversation
    assert "secret detail" not in conversation
    assert "Traceback" in caplog.text
    assert "secret detail" in caplog.text
    assistant.fail = None
    assert "Tuesdays" in last(page.ask(session, "When is bread baked?"))[0]


def test_an_error_meant_for_the_reader_stands_as_it_is(page, assistant):
    assistant.fail = LibraryUnwritable("The disk is full. Free some space.")
    assert "The disk is full. Free some space." in last(page.summarise(Session(), "aaaa"))[0]


def test_stop_keeps_what_was_written_and_frees_the_page_within_a_second(page, assistant):
    assistant.hold = threading.Event()
    session = Session()
    steps = page.ask(session, "When is bread baked?")
    next(steps), next(steps)
    session.stop()
    begun = time.monotonic()
    conversation, _ = last(steps)
    assert time.monotonic() - begun < 1
    assistant.hold.set()
    assert "Rye bread is baked on" in conversation
    assert "You stopped this answer" in conversation
    assert 'data-state="idle"' in conversation


def test_a_reader_who_leaves_in_the_middle_finds_no_page_that_waits_for_ever(page, assistant):
    assistant.hold = threading.Event()
    session = Session()
    steps = page.ask(session, "When is bread baked?")
    next(steps)
    steps.close()
    assistant.hold.set()
    assert not session.making
    assert "interrupted" in page.conversation(session)


def test_a_second_question_waits_for_the_first_reply(page, assistant):
    assistant.hold = threading.Event()
    session = Session()
    first = page.ask(session, "When is bread baked?")
    next(first), next(first)
    assert "lighthouse" not in last(page.ask(session, "And the lighthouse?"))[0]
    assistant.hold.set()
    last(first)
    assert len(session.exchanges) == 1


def test_a_new_conversation_forgets_the_old_one_even_while_it_is_being_answered(page, assistant):
    assistant.hold = threading.Event()
    session = Session()
    first = page.ask(session, "When is bread baked?")
    next(first), next(first)
    conversation, sources = page.fresh(session)
    assert "Ask your articles" in conversation
    assert "Rye" not in sources
    assert "Rye" not in last(first)[0]
    assistant.hold.set()
    last(page.ask(session, "Is the lighthouse automated?"))
    assert [e.number for e in session.exchanges] == [2]
    assert assistant.asked[-1][2] == ()


def test_the_reader_is_told_while_the_models_load(assistant, uploads):
    page = Browser(assistant, uploads)
    steps = page.ask(Session(), "When is bread baked?")
    assert conversation_panel.LOADING in next(steps)[0]
    page.warm()
    assert "Tuesdays" in last(steps)[0]


def test_a_model_that_does_not_load_leaves_the_page_able_to_say_so(assistant, uploads, monkeypatch, caplog):
    def broken() -> None:
        raise RuntimeError("no weights")

    monkeypatch.setattr(assistant, "warm", broken)
    page = Browser(assistant, uploads)
    page.warm()
    assert page.ready.is_set()
    assert "no weights" in caplog.text


@pytest.mark.parametrize("work", ["suggest", "remove"])
def test_a_library_that_is_away_for_a_moment_is_one_line_in_the_log(page, assistant, work, caplog):
    def away(*_args, **_options):
        raise LibraryUnwritable("library.sqlite could not be opened. Check the folder.")

    assistant.ask = page.page.desk.keep = away
    with caplog.at_level(logging.WARNING):
        if work == "suggest":
            assert page.page.suggest() is False
        else:
            assert "Removed" in page.remove(Session(), "bbbb")[2]
    assert "Check the folder." in caplog.text
    assert "Traceback" not in caplog.text


def test_a_long_conversation_keeps_its_newest_exchanges(page, monkeypatch):
    monkeypatch.setattr(session_module, "MOST_EXCHANGES", 3)
    session = Session()
    for _ in range(5):
        last(page.ask(session, "When is bread baked?"))
    assert [e.number for e in session.exchanges] == [3, 4, 5]


# Sources


def test_a_footnote_of_an_older_answer_opens_its_own_paragraph(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    last(page.ask(session, "Is the lighthouse automated?"))
    opened = page.open_source(session, "1-1")
    assert 'class="source active" id="source-1-1"' in opened
    assert "Rye bread" in opened


@pytest.mark.parametrize(
    "reference",
    [
        *(
            None,
            1,
            {},
            "",
            "1",
            "1-0",
            "0-1",
            "1-2",
            "9-1",
            "1-1 ",
            "1-1\n",
            "-1-1",
            "1-1-1",
            "1e0-1",
            "１-1",
        ),
        *("1-" + "9" * 99, "1-1<script>", "../../etc"),
    ],
)
def test_a_reference_that_was_not_given_out_opens_nothing(page, reference):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    assert "no longer here" in page.open_source(session, reference)


def test_a_footnote_to_a_removed_article_still_shows_what_was_quoted(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    page.remove(session, "aaaa")
    opened = page.open_source(session, "1-1")
    assert "removed or replaced" in opened
    assert "<mark>Rye bread is baked on Tuesdays</mark>" in opened
    assert "Nobody minds the dark" not in opened


def test_a_refusal_opens_its_closest_paragraphs_as_sources(page):
    session = Session()
    conversation, sources = last(page.ask(session, "Capital of Atlantis?"))
    assert isinstance(session.exchanges[0].reply, Refusal)
    assert "Not answered" in conversation
    assert "none of them answers" in sources
    assert 'source active" id="source-1-3"' in page.open_source(session, "1-3")


# The library


def test_a_summary_is_an_exchange_with_footnotes(page):
    conversation, sources = last(page.summarise(Session(), "bbbb"))
    assert "Summary of “A lighthouse without a keeper”" in conversation
    assert 'data-ref="1-1"' in conversation
    assert "automated in 1987" in sources


def test_a_long_summary_tells_how_far_it_is_and_ends_when_it_is_stopped(page, assistant):
    assistant.pace = 0.05
    conversations = [conversation for conversation, _ in page.summarise(Session(), "bbbb")]
    assert any("Reading: 1 of 3 parts done…" in c for c in conversations)
    assert "automated in 1987" in conversations[-1]
    assistant.pace = 0.3
    session = Session()
    steps = page.summarise(session, "bbbb")
    next(steps), next(steps)
    session.stop()
    assert conversation_panel.STOPPED in last(steps)[0]


def test_work_that_nobody_waits_for_is_ended_where_it_tells_how_far_it_is():
    ended = threading.Event()

    def work(progress):
        try:
            for n in range(1000):
                progress(n, 1000)
                time.sleep(0.01)
        finally:
            ended.set()

    stop = threading.Event()
    steps = reported(work, "{} of {}", stop.is_set)
    assert next(steps) == Note("0 of 1000")
    stop.set()
    assert all(isinstance(step, Note) for step in steps)
    assert ended.is_set()


def test_a_summary_is_done_again_in_the_length_wished_for(page):
    session = Session()
    last(page.summarise(session, "bbbb"))
    assert session.exchanges[-1].words == 90
    list(page.page.conversation.again(session, 1, "long"))
    assert [(e.number, e.words) for e in session.exchanges] == [(2, 160)]
    list(page.page.conversation.again(session, 2, "endless"))
    assert session.exchanges[-1].words == 90


def test_a_pasted_text_takes_the_place_of_its_summary_in_another_length(page):
    session = Session()
    list(page.page.conversation.summarise_text(session, "The mill closed.", "A note"))
    list(page.page.conversation.summarise_text(session, "The mill closed.", "A note", 1, "short"))
    assert [(e.number, e.words) for e in session.exchanges] == [(2, 50)]


def test_a_draft_is_judged_and_says_how_far_it_is(page):
    steps = list(page.check(Session(), "Rye bread is baked on Tuesdays. The moon is cheese. It is late."))
    assert "1 of 3 done" in str(steps)
    assert "3 sentences: 1 supported, 2 not supported" in steps[-1][0]


def test_what_is_found_is_asked_alone(page):
    session = Session()
    page.page.library.find(session, {"words": "lighthouse"})
    assert "Searching 1 of 2 articles" in page.page.library.only_shown(session)["scope"]
    assert session.picked == {"bbbb"}
    assert "Searching 1 of 2 articles" in page.page.library.only(session, "aaaa")["scope"]
    assert session.picked == {"aaaa"}


@pytest.mark.parametrize("version", [None, 0, 2, "1", [1], 1.5])
def test_a_version_that_is_not_kept_is_said_to_be_gone(page, version):
    assert "no longer kept" in page.page.sources.changes("bbbb", version)["reader"]
    assert "no longer kept" in page.page.sources.changes("zzzz", 1)["reader"]


def test_what_changed_since_a_version_is_shown(page):
    assert "1 earlier version" in page.page.sources.read("bbbb")["reader"]
    shown = page.page.sources.changes("bbbb", 1)["reader"]
    assert "<del>1986</del><ins>1987</ins>" in shown
    assert "1 paragraph differs." in shown


def test_with_a_language_model_a_reader_may_choose_the_articles_own_sentences():
    @dataclass(frozen=True)
    class Two:
        settings: Settings
        answerer: object = "model"
        summariser: object = "model"

    both = Two(Settings(model="openai:x"))
    assert suited(both, Choices(answerer="own")).answerer is None
    assert suited(both, Choices(answerer="own")).summariser is None
    assert suited(both, Choices()) is both


def test_articles_are_looked_for_in_their_texts_too_and_can_be_asked_alone(page, assistant):
    session = Session()
    by_text = next(r for r, texts in assistant.library.held.values() if "1987" in " ".join(texts))
    assert "1987" not in by_text.title
    shown = page.page.library.find(session, {"words": "1987"})["library"]
    assert by_text.title in shown
    assert "found in its text" in shown
    page.page.library.only_shown(session)
    assert session.picked == {by_text.article_id}


def test_removing_an_article_says_so_and_takes_it_from_the_list(page, assistant):
    library, _, results = page.remove(Session(), "bbbb")
    assert "lighthouse" not in library
    assert "Removed “A lighthouse without a keeper”." in results
    assert "bbbb" not in assistant.library.held


def test_a_page_that_is_looked_at_again_shows_what_was_done_in_another(page, assistant):
    here, there = Session(picked={"bbbb"}), Session()
    page.library(here)
    page.remove(there, "bbbb")
    shown = page.page.library.look(here)
    assert "lighthouse" not in shown["library"]
    assert "lighthouse" not in shown["now"]
    assert not here.picked
    last(page.ask(here, "When is bread baked?"))
    assert "now" not in page.page.library.look(here)  # a conversation is left as it stands


def test_a_removal_is_undone_once_and_what_was_picked_is_picked_again(page, assistant):
    session = Session(picked={"bbbb"})
    before = page.library(session)
    results = page.remove(session, "bbbb")[2]
    library, _, told = page.bring_back(session, results)
    assert library == before
    assert "“A lighthouse without a keeper” is back." in told
    assert session.picked == {"bbbb"}
    assert "no longer be undone" in page.bring_back(session, results)[2]


def test_a_removal_is_undone_for_ten_minutes_and_under_its_own_name_only(page, assistant):
    clock = [0.0]
    page.page.library.removals = Removals(now=lambda: clock[0])
    results = page.remove(Session(), "bbbb")[2]
    for forged in ("", "bbbb", None, 5, ["x"], {"a": 1}):
        assert "no longer be undone" in page.page.library.bring_back(Session(), forged)["results"]
    clock[0] = LASTS
    assert "no longer be undone" in page.bring_back(Session(), results)[2]
    assert "bbbb" not in assistant.library.held


def test_a_removal_that_could_not_be_undone_for_want_of_room_can_be_later(page, assistant):
    session = Session()
    results = page.remove(session, "bbbb")[2]
    whole = page.page.desk.bring_back

    def full(_kept):
        raise LibraryUnwritable("The disk is full.")

    page.page.desk.bring_back = full
    assert "The disk is full." in page.bring_back(session, results)[2]
    page.page.desk.bring_back = whole
    assert "is back" in page.bring_back(session, results)[2]


def test_an_article_is_removed_also_when_that_cannot_be_undone(page, assistant, caplog):
    def broken(_article):
        raise MemoryError

    page.page.desk.keep = broken
    results = page.remove(Session(), "bbbb")[2]
    assert "Removed" in results
    assert "Undo" not in results
    assert "bbbb" not in assistant.library.held


def test_removals_are_held_in_bounded_memory():
    removals = Removals()
    assert removals.put("a", bytes(MOST_HELD + 1), picked=False) == ""
    names = [removals.put("a", bytes(MOST_HELD // 2), picked=False) for _ in range(3)]
    assert [removals.take(name) is not None for name in names] == [False, True, True]


def test_many_files_that_went_well_are_folded_and_what_went_wrong_is_not(page, uploads):
    text = (
        "The ferry left at {} and came back at night. It was full of people from the island.\n\nNobody waved."
    )
    files = [put(uploads, f"{n}.txt", text.format(n).encode()) for n in range(15)]
    shown = last(page.upload(Session(), [*files, put(uploads, "nothing.txt", b"")]))[2]
    summary, _, rest = shown.partition("</details>")
    assert "<summary>15 added or changed</summary>" in summary
    assert summary.count("Added “") == 15
    assert "Not added" in rest
    assert "Added “" not in rest


def test_each_uploaded_file_gets_its_line(page, uploads):
    text = "The ferry left at six. It was full.\n\nNobody waved from the quay that morning.\n"
    files = [
        put(uploads, "ferry.txt", text.encode()),
        put(uploads, "again.txt", text.encode()),
        put(uploads, "tool.exe", b"MZ\x90\x00\x03\x00\x00\x00"),
        put(uploads, "nothing.txt", b""),
    ]
    library, _, results = last(page.upload(Session(), files))
    assert "Searching all 3 articles" in library
    assert results.count("<li") == 4
    assert results.count('class="good"') == 1
    assert results.count('class="same"') == 1
    assert "tool.exe" in results
    assert "nothing.txt" in results
    assert not list(uploads.iterdir())


def test_a_file_outside_the_upload_folder_is_neither_read_nor_removed(page, uploads, tmp_path):
    outside = tmp_path / "private.txt"
    outside.write_text("A private note that nobody uploaded. It stays where it is.\n\nReally.")
    link = uploads / "link.txt"
    link.symlink_to(outside)
    paths = [
        *map(str, (outside, link, uploads)),
        f"{uploads}/../private.txt",
        "/etc/passwd",
        "",
        None,
        5,
        "a\0b",
    ]
    library, _, results = last(page.upload(Session(), [{"path": p, "name": "x.txt"} for p in paths]))
    assert "Searching all 2 articles" in library
    assert results.count("did not arrive as an upload") == len(paths)
    assert outside.exists()


@pytest.mark.parametrize("files", [None, "x", {}, [], [None, 3, "x", []]])
def test_an_upload_without_files_adds_nothing_and_says_so(page, files):
    library, _, results = last(page.upload(Session(), files))
    assert "Searching all 2 articles" in library
    assert 'class="bad"' in results


def test_a_file_that_is_too_large_is_refused_unread(page, uploads, monkeypatch):
    monkeypatch.setattr(library_panel, "MOST_BYTES", 10)
    assert "larger than" in last(page.upload(Session(), [put(uploads, "big.txt", b"x" * 11)]))[2]


def test_files_beyond_the_most_at_once_are_counted(page, uploads, monkeypatch):
    monkeypatch.setattr(library_panel, "MOST_FILES", 1)
    files = [put(uploads, f"{n}.txt", b"") for n in range(3)]
    assert "2 files left out" in last(page.upload(Session(), files))[2]


def test_two_texts_pasted_under_one_title_are_two_articles(page):
    session = Session()
    one = "The mill closed in May. Sixty people lost their work.\n\nIt will not open again."
    last(page.paste(session, one, "Notes"))
    library, _, _ = last(page.paste(session, one.replace("May", "June"), "Notes"))
    assert "Searching all 4 articles" in library
    assert "unchanged" in last(page.paste(session, one, "Notes"))[2]


def test_of_two_additions_at_once_in_one_page_both_are_told(page):
    session = Session()
    first = page.paste(session, "Some words of a first text. And more of them.", "First")
    next(first)
    second = page.paste(session, "Other words, of a second one. And more of them.", "Second")
    assert all(name in next(second)[2] for name in ("“First”", "“Second”"))
    results = last(first)[2]
    assert "Added “First”" in results
    assert "“Second”" in results
    removed = page.remove(session, "bbbb")[2]
    assert "Added “First”" in removed
    assert "Removed “A lighthouse without a keeper”." in removed
    results = last(second)[2]
    assert all(f"Added “{name}”" in results for name in ("First", "Second"))
    third = last(page.paste(session, "Words of a third text. And more of them.", "Third"))[2]
    assert "Third" in third
    assert "First" not in third


@pytest.mark.parametrize("text", ["", "   \n", None, 4])
def test_an_empty_paste_is_rejected_with_a_reason(page, text):
    assert "Not added" in last(page.paste(Session(), text, None))[2]


def test_while_one_reader_adds_another_is_answered_and_a_third_is_told_to_wait(assistant, uploads):
    go_on = threading.Event()

    def store(articles):
        with page.page.desk.storing:
            list(articles)
            go_on.wait(10)
            yield from ()

    page = Browser(assistant, uploads, store)
    page.ready.set()
    adding = page.paste(Session(), "Some words. And more of them.", "")
    next(adding), next(adding)
    assert "Rye bread" in last(page.ask(Session(), "When is bread baked?"))[0]
    third = page.paste(Session(), "Other words. And more of them.", "")
    assert "Waiting until another upload is stored" in next(third)[2]
    go_on.set()
    last(adding)
    last(third)


@pytest.fixture
def stored_page(tmp_path) -> Iterator[tuple[Page, str]]:
    """A page over a real library, with the id of its one article."""
    encoder = HashingEncoder()
    with open_library(tmp_path / "library", encoder.name, encoder.dimension) as library:
        page = Page(Assistant(Settings(home=library.home), library, encoder), uploads=tmp_path)
        page.ready.set()
        article = make_article(
            [("", "The oven holds ninety loaves. It is old.")], title="Oven", source="/o.txt"
        )
        list(page.desk.store([article]))
        with contextlib.closing(page):
            yield page, library.articles()[0].article_id


def in_time(act, seconds=10):
    """Return what `act` does, unless it waits for somebody who never comes."""
    done = []
    threading.Thread(target=lambda: done.append(act()), daemon=True).start()
    until = time.monotonic() + seconds
    while not done and time.monotonic() < until:
        time.sleep(0.01)
    assert done, "it still waits"
    return done[0]


def test_no_change_waits_for_a_turn_that_it_has_itself(stored_page):
    page, article = stored_page
    session = Session()
    shown = in_time(lambda: page.library.rename(session, article, "The old oven"))
    assert "Renamed “Oven” to “The old oven”." in shown["results"]
    article = page.assistant.library.articles()[0].article_id
    shown = in_time(lambda: page.library.remove(session, article))
    removal = re.search(r'data-act="bring-back" data-argument="([^"]+)"', shown["results"])
    assert "is back" in in_time(lambda: page.library.bring_back(session, removal[1]))["results"]
    assert [a.title for a in page.assistant.library.articles()] == ["The old oven"]


def test_what_encodes_nothing_waits_for_nobody_who_stores(stored_page):
    page, article = stored_page
    session = Session()
    with page.desk.storing:
        in_time(lambda: page.collections.create(session, "Bread"))
        in_time(lambda: page.collections.file(session, article, ["Bread"], "ovens", ""))
        record = page.assistant.library.article(article)
        assert (record.collections, record.tags) == (("Bread",), ("ovens",))
        in_time(lambda: page.library.remove(session, article))
    assert not page.assistant.library.articles()


def test_an_article_that_is_removed_before_its_renaming_has_its_turn_stays_removed(stored_page):
    page, article = stored_page
    held = page.desk.storing
    held.acquire()
    shown = []
    renaming = threading.Thread(
        target=lambda: shown.append(page.library.rename(Session(), article, "New")), daemon=True
    )
    renaming.start()
    time.sleep(0.2)
    in_time(lambda: page.library.remove(Session(), article))
    held.release()
    renaming.join(10)
    assert "No article goes by" in shown[0]["results"]
    assert not page.assistant.library.articles()


def test_a_failure_while_adding_is_one_polite_line(assistant, uploads, caplog):
    def store(articles):
        list(articles)
        raise RuntimeError("secret detail")
        yield

    page = Browser(assistant, uploads, store)
    page.ready.set()
    results = last(page.paste(Session(), "Some words. And more of them.", ""))[2]
    assert SORRY in results
    assert "secret detail" not in results
    assert "secret detail" in caplog.text


def test_the_examples_are_a_fact_a_summary_and_another_question_on_this_library(assistant):
    articles, known = assistant.library.articles(), Suggestions()
    assert [e.act for e in examples(articles, known)] == ["ask", "summary"]
    known._keep(articles[0].article_id, ("When is bread baked?", "Who sleeps on Sundays?"))
    shown = examples(articles, known)
    assert [e.act for e in shown] == ["ask", "summary", "ask"]
    assert [e.words for e in shown[::2]] == ["When is bread baked?", "Who sleeps on Sundays?"]
    known._keep(articles[1].article_id, ("When was the lighthouse automated?",))
    assert examples(articles, known)[2].words == "When was the lighthouse automated?"
    assert examples([], known) == ()


def test_who_entered_a_password_can_log_out(assistant, uploads):
    from footnote.ui.html.settings import Models, settings

    used = assistant.settings
    assert "logout" not in settings(used, Choices(), Models())
    assert 'method="post" action="logout"' in settings(replace(used, password="x"), Choices(), Models())


def test_the_first_question_is_one_that_an_article_is_known_to_answer(assistant):
    articles, known = assistant.library.articles(), Suggestions()
    assert examples(articles, known)[0].words == f"What is said about {articles[0].title}?"
    known.look(assistant.library, lambda question, _: assistant.ask(question))
    assert examples(articles, known)[0].words == "What happened in 1987?"


def test_no_question_is_offered_that_is_not_answered_from_its_article_and_rather_surely(assistant):
    articles = assistant.library.articles()
    for unsure in (
        lambda reply: replace(reply, confidence=0.4),
        lambda reply: replace(
            reply, citations=tuple(replace(c, article_id="other") for c in reply.citations)
        ),
    ):
        known = Suggestions()
        known.look(assistant.library, lambda question, _, unsure=unsure: unsure(assistant.ask(question)))
        assert not any(known.of(a.article_id) for a in articles)
        assert [e.act for e in examples(articles, known)] == ["summary"]


def test_an_article_without_people_and_years_is_asked_about_by_its_title_where_that_is_answered(assistant):
    known, answer = Suggestions(), assistant.ask("When was the lighthouse automated?")
    article = answer.citations[0].article_id
    assistant.library.held[article] = (assistant.library.held[article][0], ("It was there.",))
    known.look(assistant.library, lambda question, _: answer, [article])
    assert known.of(article) == (f"What is said about {assistant.library.held[article][0].title}?",)


def test_what_raises_while_a_reply_is_made_raises_where_it_is_read():
    def items():
        yield 1
        raise ValueError("late")

    found = stoppable(items(), lambda: False)
    assert next(found) == 1
    with pytest.raises(ValueError, match="late"):
        next(found)


# What can be done with an exchange


def test_asking_again_replaces_the_newest_exchange(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    conversation, _ = last(page.again(session, 1))
    assert [e.number for e in session.exchanges] == [2]
    assert "Rye bread" in conversation


@pytest.mark.parametrize("number", [None, "1", 7, 0, True, [1], 1.5])
def test_only_a_number_that_is_there_is_asked_again_or_removed(page, number):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    last(page.ask(session, "Is the lighthouse automated?"))
    last(page.again(session, number))
    assert [e.number for e in session.exchanges] == [1, 2]
    if number is not True:
        page.page.conversation.undo(session, number)
        assert len(session.exchanges) == 2


def test_an_edited_question_takes_the_place_of_the_old_one(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    conversation, _ = last(page.ask(session, "Is the lighthouse automated?", 1))
    assert "bread" not in conversation
    assert len(session.exchanges) == 1


def test_a_removed_exchange_is_gone_here_and_where_it_was_kept(page):
    session = Session(reader="r1")
    last(page.ask(session, "When is bread baked?"))
    page.page.conversation.undo(session, 1)
    assert not session.exchanges
    assert not page.page.desk.conversations.exchanges("r1", session.conversation)


def test_feedback_is_kept_and_can_be_taken_back(page):
    session = Session(reader="r1")
    last(page.ask(session, "When is bread baked?"))
    kept = page.page.desk.conversations
    for value, stored in (("up", "up"), ("worst", "up"), ("down", "down"), ("down", "")):
        page.page.conversation.feedback(session, 1, value)
        assert [e.feedback for e in kept.exchanges("r1", session.conversation)] == [stored]


def test_a_conversation_is_found_again_by_its_reader_only(page):
    session = Session(reader="r1")
    last(page.ask(session, "When is bread baked?"))
    again, stranger = Session(), Session()
    shown = page.page.conversation.load(again, "r1", session.conversation)
    assert "Rye bread" in shown["now"]
    assert "Rye bread" in shown["sources"]
    shown = page.page.conversation.load(stranger, "r2", session.conversation)
    assert "Rye bread" not in str(shown)
    assert not stranger.exchanges
    page.page.conversation.delete(stranger, session.conversation)
    page.page.conversation.rename(stranger, session.conversation, "Mine")
    assert page.page.desk.conversations.of("r1")[0].title == "When is bread baked?"


def test_a_conversation_that_began_with_a_greeting_is_named_after_its_first_question(page, assistant):
    session = Session(reader="r1")
    ask = assistant.ask
    assistant.ask = lambda q, **given: Remark(q, "Hello!") if q == "Hi" else ask(q, **given)
    last(page.ask(session, "Hi"))
    last(page.ask(session, "When is bread baked?"))
    last(page.ask(session, "Is the lighthouse automated?"))
    assert session.title == "When is bread baked?"
    assert page.page.desk.conversations.of("r1")[0].title == "When is bread baked?"


def test_after_a_greeting_questions_are_offered(page, assistant):
    known = Suggestions()
    known._keep("aaaa", ("Who is Ruth Hallan?",))
    greeted = [Exchange(1, "Hi", reply=Remark("Hi", "Hello!"))]
    assert known.after(greeted, assistant.library) == ("Who is Ruth Hallan?",)


def test_a_conversation_is_renamed_and_deleted(page):
    session = Session(reader="r1")
    last(page.ask(session, "When is bread baked?"))
    key = session.conversation
    assert "Bread, mostly" in page.page.conversation.rename(session, key, " Bread,  mostly ")["conversations"]
    shown = page.page.conversation.delete(session, key)
    assert "Nothing kept yet" in shown["conversations"]
    assert not session.exchanges


def test_numbers_are_never_used_twice_in_a_conversation_that_is_opened_again(page):
    session = Session(reader="r1")
    last(page.ask(session, "When is bread baked?"))
    again = Session()
    page.page.conversation.load(again, "r1", session.conversation)
    last(page.ask(again, "Is the lighthouse automated?"))
    assert [e.number for e in again.exchanges] == [1, 2]
    assert again.conversation == session.conversation


def test_a_choice_is_remembered_and_changes_what_is_shown(page, assistant):
    session = Session(reader="r1")
    page.page.settings.save(session, {"length": "short", "refusing": "careful", "api_key": "x", "look": 4})
    assert page.page.desk.conversations.choices("r1") == session.choices
    assert session.choices.words == 50
    assert session.choices.look == "system"


def test_without_a_model_nothing_is_asked_about_one_and_the_number_of_paragraphs_is_told(page, assistant):
    shown = page.page.settings.open(Session())["settings"]
    assert "The articles themselves" not in shown
    usual = assistant.settings.passages
    assert f"{usual}: as the server is set" in shown
    assert f"{2 * usual}: slower" in shown


def test_the_settings_tell_the_model_and_never_a_key(page, assistant):
    assistant.settings = replace(
        assistant.settings, model="openai:gpt-test", api_key="sk-secret", password="pw-secret"
    )
    shown = page.page.settings.open(Session())["settings"]
    assert "openai:gpt-test" in shown
    assert "The articles themselves" in shown, "they can be chosen over the model"
    assert "secret" not in shown


# The reader and the rest of the library


def test_an_article_opens_in_full_at_the_cited_paragraph_with_the_quote_marked(page):
    session = Session()
    last(page.ask(session, "When is bread baked?"))
    shown = page.page.sources.read_source(session, "1-1")["reader"]
    assert "<mark>Rye bread is baked on Tuesdays</mark>" in shown
    assert "On Sundays the baker sleeps." in shown
    assert 'id="read-2" class="paragraph active"' in shown
    assert "no longer" in page.page.sources.read_source(session, "1-9")["reader"]
    assert "no longer" in page.page.sources.read("../../etc/passwd")["reader"]


def test_an_article_is_renamed_and_keeps_its_text(page, assistant, make_store):
    page.page.desk.store = make_store(assistant.library)
    _, _, results = page.rename(Session(), "bbbb", "  The lamp \n on the rock ")
    assert "to “The lamp on the rock”" in results
    assert "at least one character" in page.rename(Session(), "bbbb", "  ")[2]


def test_a_renamed_article_keeps_its_pages_times_and_places_on_pictures(page, assistant, monkeypatch):
    scan = ((0, 9, 1, 2, 3, 4, 5, 6, 7, 8),)
    library = assistant.library
    known = [replace(p, page=7, time="0:07", scan=scan) for p in library.paragraphs("bbbb")]
    monkeypatch.setattr(library, "paragraphs", lambda article_id: known)
    monkeypatch.setattr(library, "original", {"bbbb": b"%PDF"}.get)
    stored = []
    page.page.desk.store = lambda articles: stored.extend(articles) or iter(())
    page.rename(Session(), "bbbb", "The lamp")
    assert [(p.page, p.time, p.scan) for p in stored[0].paragraphs] == [(7, "0:07", scan)] * len(known)
    assert stored[0].original == b"%PDF"


@pytest.mark.parametrize(
    "text", [None, "", "/etc/passwd", "file:///etc/passwd", "ftp://example.org/x", "notes.txt", 5]
)
def test_what_is_no_web_address_is_not_read(page, assistant, text):
    assert "no web address" in last(page.link(Session(), text))[2]
    assert len(assistant.library.held) == 2


def test_an_address_as_people_write_it_is_read(page, monkeypatch):
    read = []
    monkeypatch.setattr(library_panel, "_read_link", lambda address, _: read.append(address) or iter(()))
    last(page.link(Session(), "example.org/news, www.example.org and news.example.org/a?b=1"))
    assert read == ["https://example.org/news", "https://www.example.org", "https://news.example.org/a?b=1"]


def test_the_samples_are_added_on_the_page(page, assistant, monkeypatch, tmp_path):
    (tmp_path / "ferry.md").write_text("# The ferry\n\nThe ferry sails at nine. It is late.\n")
    monkeypatch.setattr("footnote.ingest.samples.sample_folder", lambda: tmp_path)
    shown = last(page.page.library.samples(Session()))
    assert "Added “The ferry”" in shown["results"]
    assert len(assistant.library.held) == 3


def test_two_tabs_of_one_conversation_lose_none_of_its_questions(page):
    one, other = Session(reader="r" * 20), Session(reader="r" * 20)
    last(page.ask(one, "When is bread baked?"))
    page.page.conversation.open(other, one.conversation)
    last(page.ask(other, "Was the lighthouse automated?"))
    last(page.ask(one, "What does the oven hold?"))
    assert [e.question for e in one.exchanges] == [
        "When is bread baked?",
        "Was the lighthouse automated?",
        "What does the oven hold?",
    ]
    kept = page.page.desk.conversations.exchanges("r" * 20, one.conversation)
    assert [e.number for e in kept] == [1, 2, 3]


def test_a_question_to_a_conversation_that_another_tab_deleted_begins_a_new_one(page):
    one, other = Session(reader="r" * 20), Session(reader="r" * 20)
    last(page.ask(one, "When is bread baked?"))
    page.page.conversation.delete(other, one.conversation)
    last(page.ask(one, "Was the lighthouse automated?"))
    kept = page.page.desk.conversations.of("r" * 20)
    assert [k.title for k in kept] == ["Was the lighthouse automated?"]
    assert len(one.exchanges) == 1


def test_everyone_in_the_line_knows_their_place_and_the_line_has_an_end():
    waiting = ReplyQueue(at_once=1, most=2)
    first, second, third = waiting.join(), waiting.join(), waiting.join()
    assert [waiting.ahead(t) for t in (first, second, third)] == [0, 1, 2]
    assert waiting.join() is None
    waiting.leave(first)
    assert [waiting.ahead(t) for t in (second, third)] == [0, 1]


def test_a_reader_who_waits_is_told_so_and_then_answered(page):
    page.page.desk.reply_queue = waiting = ReplyQueue(at_once=1)
    other = waiting.join()
    steps = page.ask(Session(), "When is bread baked?")
    next(steps)
    assert "Waiting: 1 question before yours" in next(steps)[0]
    waiting.leave(other)
    assert "Rye bread" in last(steps)[0]


def test_a_full_line_asks_to_come_back_and_keeps_the_question(page):
    page.page.desk.reply_queue = ReplyQueue(at_once=0, most=0)
    session = Session()
    conversation, _ = last(page.ask(session, "When is bread baked?"))
    assert "Very many people are asking" in conversation
    assert 'data-act="again"' in conversation


def test_questions_are_drawn_from_the_articles_and_only_those_that_are_answered(assistant):
    known = Suggestions()
    assistant.library.held["aaaa"] = (
        assistant.library.held["aaaa"][0],
        ("At five, the baker Ruth Hallan said it was early. It was founded in 1961.",),
    )

    def ask(question, article):
        return assistant.ask(question.replace("1961", "yore"))

    known.look(assistant.library, ask)
    assert known.of("aaaa") == ("Who is Ruth Hallan?",)


def test_questions_are_drawn_from_the_articles_that_an_answer_cites(assistant):
    known, asked = Suggestions(), []

    def ask(question, article):
        asked.append(article)
        return assistant.ask(question)

    assert known.look(assistant.library, ask, ["bbbb", "gone"])
    assert asked == ["bbbb"]
    assert known.of("bbbb") == ("What happened in 1987?",)
    assert not known.look(assistant.library, ask, ["bbbb"])


def test_an_answer_is_followed_by_questions_on_what_it_cites(page):
    steps = [conversation for conversation, _ in page.ask(Session(), "When was the lighthouse automated?")]
    assert "Ask next" not in steps[-2]
    assert "What happened in 1987?" in steps[-1]
    assert 'data-state="idle"' in steps[-2]


def test_of_replies_that_come_fast_the_newest_is_shown_and_always_the_last():
    shown = list(stoppable(iter(range(1000)), lambda: False, every=0.02))
    assert shown[-1] == 999
    assert len(shown) < 500


def test_a_model_whose_reader_left_is_let_go():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 1
                time.sleep(0.01)
        finally:
            closed.set()

    steps = stoppable(items(), lambda: False)
    next(steps)
    steps.close()
    assert closed.wait(2)
