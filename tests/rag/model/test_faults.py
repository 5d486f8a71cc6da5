"""Every way in which a model's server may fail, over real HTTP: one clear sentence, and never a guess."""

import logging
import re
import threading
import time
import tomllib
from pathlib import Path

import pytest

from footnote.rag.assistant import DIFFERS, FOUND_NOTHING, STEPPED_IN, SURE_DESPITE_MODEL
from footnote.rag.errors import ModelSetupError
from footnote.rag.model.chat import EXTRAS
from footnote.rag.types import Answer, Refusal, Turn
from tests.misbehaving_server import (
    broken_json,
    broken_json_after,
    comments_for_ever,
    cut_after,
    drips,
    empty,
    endless,
    ends_early,
    error_after,
    fails,
    hangs,
    hangs_after,
    hangs_after_headers,
    html,
    in_turn,
    not_packed,
    other_json,
    raw_content,
    says,
    says_beside,
    too_long,
)
from tests.rag.conftest import KEY, QUESTION

SURE = "How often do ferries run while the bridge is closed?"  # to the offline answerer
UNSURE = "Who designed the harbour bridge?"

FIRST = "The city closed the bridge on Monday [1]."
GOOD = f"{FIRST} Ferries run every ten minutes [2]."
SECOND_BEGUN = f"{FIRST} Ferries run every ten minutes whi"


def closed(exchange):
    exchange.cut()


BEFORE_THE_FIRST_WORD = {
    "401": (fails(401, message=f"Incorrect API key: {KEY}"), "refused the key (401)", 1),
    "403": (fails(403), "refused the key (403)", 1),
    "404": (fails(404), "does not know the model", 1),
    "400": (fails(400), "did not accept the request (400)", 1),
    "302": (fails(302, {"location": "http://127.0.0.1:1/"}), "sends to another address (302)", 1),
    "not compressed": (not_packed, "sent something that cannot be read", 1),
    "invisible characters": (says(" \u200b\u2060\n "), "gave no answer", 1),
    "429 always": (fails(429), "busy or its quota is used up (429)", 3),
    "429 with long patience": (fails(429, {"retry-after": "3600"}), "busy or its quota", 1),
    "500 always": (fails(500), "trouble of its own (500)", 3),
    "503 always": (fails(503), "trouble of its own (503)", 3),
    "context too long": (too_long, "takes fewer words at once", 1),
    "hang": (hangs, "did not begin to answer within 0.4 seconds", 1),
    "hang after headers": (hangs_after_headers, "did not begin to answer within 0.4 seconds", 1),
    "comments and no word": (comments_for_ever, "did not begin to answer", 1),
    "cut before a word": (closed, "closed the connection", 3),
    "html": (html, "sent something that is no chat answer", 1),
    "broken json": (broken_json, "sent something that is no chat answer", 1),
    "other json": (other_json, "gave no answer", 1),
    "error in the stream": (error_after(""), "reported an error", 1),
    "empty": (empty, "gave no answer", 1),
}


@pytest.mark.parametrize("name", BEFORE_THE_FIRST_WORD)
def test_without_a_word_the_offline_answerer_steps_in_and_says_why(asking, name, caplog):
    behaviour, sentence, requests = BEFORE_THE_FIRST_WORD[name]
    caplog.set_level(logging.DEBUG)
    limits = {"model_first": 0.4} if "did not begin" in sentence else {}
    start = time.perf_counter()
    with asking(behaviour, **limits) as at:
        reply = at.ask()
    assert time.perf_counter() - start < 15  # the server hangs for 30
    assert isinstance(reply, Answer)
    assert reply.answerer == "extractive"
    assert reply.complete
    assert sentence in reply.notices[0]
    assert reply.notices[0].endswith(STEPPED_IN)
    assert len(at.server.exchanges) == requests
    for text in (*reply.notices, caplog.text):
        assert KEY not in text
        assert "Traceback" not in text


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"])
def test_a_server_that_is_down_or_has_no_name_is_told_of(asking, url, monkeypatch):
    if "invalid" in url:
        monkeypatch.setattr("socket.getaddrinfo", _no_such_name)
    with asking(says(GOOD), base_url=url) as at:
        reply = at.ask()
    assert reply.answerer == "extractive"
    assert "could not be reached" in reply.notices[0]
    assert ("no server goes by that name" in reply.notices[0]) == ("invalid" in url)
    assert "FOOTNOTE_BASE_URL" in reply.notices[0]


def _no_such_name(*_, **__):
    import socket

    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize("failure", [fails(429, {"retry-after": "0.1"}), fails(429), fails(500), closed])
def test_a_request_that_fails_once_is_sent_again_and_nothing_is_said(asking, failure):
    with asking(in_turn(failure, says(GOOD))) as at:
        reply = at.ask()
    assert reply.answerer == "openai:test"
    assert reply.notices == ()
    assert reply.complete
    assert len(at.server.exchanges) == 2


AFTER_SOME_WORDS = {
    "hang": (hangs_after(SECOND_BEGUN), "fell silent for 0.3 seconds"),
    "cut": (cut_after(SECOND_BEGUN), "closed the connection"),
    "early end": (ends_early(SECOND_BEGUN), "connection ended before the answer did"),
    "length": (says(SECOND_BEGUN, finish="length"), "longest length"),
    "content filter": (says(SECOND_BEGUN, finish="content_filter"), "content filter"),
    "broken json": (broken_json_after(SECOND_BEGUN), "something that cannot be read"),
    "error": (error_after(SECOND_BEGUN), "reported an error in the middle"),
}


@pytest.mark.parametrize("name", AFTER_SOME_WORDS)
def test_a_partial_answer_is_kept_and_labelled(asking, name, caplog):
    behaviour, sentence = AFTER_SOME_WORDS[name]
    caplog.set_level(logging.DEBUG)
    with asking(behaviour, **({"model_pause": 0.3} if name == "hang" else {})) as at:
        reply = at.ask()
    assert isinstance(reply, Answer)
    assert not reply.complete
    assert reply.answerer == "openai:test"
    assert reply.notices[0].startswith("This answer is incomplete.")
    assert sentence in reply.notices[0]
    assert [s.text for s in reply.sentences] == [
        "The city closed the bridge on Monday.",
        "Ferries run every ten minutes …",
    ]
    assert len(at.server.exchanges) == 1  # never asked again once a word was out
    assert "sk-secret" not in reply.notices[0] + caplog.text


def test_an_answer_that_ends_early_is_incomplete_even_at_a_full_stop(asking):
    with asking(ends_early(GOOD)) as at:
        reply = at.ask()
    assert not reply.complete
    assert len(reply.sentences) == 2


def test_what_breaks_off_before_anything_supported_gives_way_to_the_offline_answer(asking):
    with asking(cut_after("Well, I")) as at:
        reply = at.ask()
    assert reply.answerer == "extractive"
    assert "broke off" in reply.notices[0]


def test_what_servers_send_beside_the_text_is_no_part_of_the_answer(asking):
    with asking(says_beside(GOOD)) as at:
        reply = at.ask()
    assert isinstance(reply, Answer)
    assert reply.complete
    assert "think" not in reply.text
    assert not reply.notices


def test_a_slow_drip_ends_at_the_total_deadline(asking):
    start = time.perf_counter()
    with asking(drips(GOOD * 50, 0.01), model_deadline=2.0) as at:
        reply = at.ask()
        assert left(at.server)  # the connection is closed, not left to drip
    assert time.perf_counter() - start < 20
    assert not reply.complete
    assert "had not finished after 2 seconds" in reply.notices[0]
    assert reply.sentences[0].text == "The city closed the bridge on Monday."


def test_a_follow_up_question_has_one_deadline_for_both_requests(asking):
    start = time.perf_counter()
    with asking(drips("Who closed the bridge? " * 20, 0.05), model_deadline=1.5) as at:
        reply = at.ask("Who closed it?", history=[Turn("user", "When was the harbour bridge closed?")])
    assert time.perf_counter() - start < 12
    assert reply.answerer == "extractive"
    assert reply.timings_ms["model"] < 2 * 1500


def test_endless_output_is_cut(asking):
    with asking(
        endless("The city closed the bridge on Monday [1]. "), answer_tokens=60, model_window=4000
    ) as at:
        reply = at.ask()
    assert not reply.complete
    assert "longest length" in reply.notices[0]
    assert len(reply.text) < 1000


def test_endless_output_without_a_blank_is_cut(asking):
    with asking(endless("aaaaaaaaaaaaaaaa"), answer_tokens=60, model_window=4000) as at:
        reply = at.ask()
    assert reply.answerer == "extractive"


def test_lone_surrogates_can_be_written(asking):
    with asking(raw_content(r"The city closed \ud83d", r" the bridge on Monday [1]. \udc00")) as at:
        reply = at.ask()
    text = str(reply.as_json())
    text.encode("utf-8")
    assert "\ufffd" in text


def test_wrong_numbers_are_removed_and_counted(asking):
    with asking(
        says("The city closed the bridge on Monday [7][1]. Ferries run every ten minutes [99].")
    ) as at:
        reply = at.ask()
    assert [c.paragraph for c in reply.citations] == [1, 2]
    assert "2 invalid citations removed." in reply.notices


def test_a_wrong_but_known_number_is_put_right_where_another_paragraph_says_it(asking):
    with asking(says(_swapped)) as at:
        reply = at.ask()
    for sentence in reply.sentences:
        assert sentence.support.verdict == "supported"
        for n in sentence.citations:
            assert reply.citations[n - 1].quote in sentence.text


def _swapped(exchange):
    wrong = {("Ferries" in text): n for n, text in exchange.sources.items()}
    return (
        f"Ferries run every ten minutes while the bridge is closed [{wrong[False]}]. "
        f"Shop owners near the bridge fear for their trade [{wrong[True]}]."
    )


def test_an_uncited_sentence_is_cited_only_where_a_paragraph_supports_it(asking):
    said = "The city closed its old harbour bridge on Monday. The mayor resigned over the scandal in Lisbon."
    with asking(says(said)) as at:
        reply = at.ask()
    first, second = reply.sentences
    assert first.citations == (1,)
    assert first.support.verdict == "supported"
    assert second.citations == ()
    assert second.support.verdict == "unsupported"


def test_an_answer_without_one_citation_that_holds_is_a_refusal_with_the_closest_paragraphs(asking):
    with asking(says("Aliens built the tower in Lisbon [1]. Nobody paid them [2].")) as at:
        reply = at.ask(UNSURE)
    assert isinstance(reply, Refusal)
    assert reply.closest
    assert reply.answerer == "openai:test"
    assert "Nothing that the model wrote is supported" in reply.notices[0]


@pytest.mark.parametrize("said", ["NO_ANSWER", "NO_ANSWER.", "**NO ANSWER**", "The sources do not say when.",
                                  "I'm sorry, but the provided articles don't mention this [1].",
                                  "I cannot answer this from the given sources."])  # fmt: skip
def test_a_model_that_finds_no_answer_makes_a_refusal(asking, said):
    with asking(says(said)) as at:
        reply = at.ask(UNSURE)
    assert isinstance(reply, Refusal)
    assert reply.notices == ()
    assert reply.closest


def test_an_uncited_sentence_that_two_paragraphs_carry_together_is_cited_with_both(asking):
    with asking(says("Mayor Ada Venn said that the ferry company has hired twelve more sailors.")) as at:
        reply = at.ask()
    assert sorted(c.paragraph for c in reply.citations) == [1, 2]
    assert reply.sentences[0].support.verdict == "supported"


@pytest.mark.parametrize(
    ("said", "told"),
    [("NO_ANSWER", FOUND_NOTHING), ("Aliens built it [1].", "Nothing that the model wrote is")],
)
def test_where_the_offline_answerer_is_sure_it_answers_for_a_model_that_finds_nothing(asking, said, told):
    with asking(says(said)) as at:
        reply = at.ask(SURE)
        assert reply.confidence >= SURE_DESPITE_MODEL
    assert "ten minutes" in reply.text
    assert reply.answerer == "extractive"
    assert reply.notices[0].startswith(told)
    assert reply.notices[0].endswith(STEPPED_IN)


SMALL = "openai:test-1.5b"


def test_a_small_model_that_says_something_else_is_replaced_where_the_offline_answerer_is_sure(asking):
    other = (
        "The repairs cost two million euros, and the region pays half of it. They will not be finished soon."
    )
    for model, answerer, told in (
        (SMALL, "extractive", (f"{DIFFERS} {STEPPED_IN}",)),
        ("openai:test", "openai:test", ()),
    ):
        with asking(says(other), model=model) as at:
            shown = list(at.assistant.stream(SURE))
        assert {r.answerer for r in shown} == {answerer}
        assert shown[-1].notices[: len(told)] == told


def test_a_small_model_that_says_the_same_answers(asking):
    with asking(says("While the bridge is closed, ferries run every ten minutes."), model=SMALL) as at:
        reply = at.ask(SURE)
    assert (reply.answerer, len(reply.sentences)) == (SMALL, 1)
    assert [c.paragraph for c in reply.citations] == [2]


def test_a_small_model_answers_where_the_offline_answerer_is_not_sure(asking):
    with asking(
        says("Mayor Ada Venn said that the work would last until the end of August."), model=SMALL
    ) as at:
        reply = at.ask(UNSURE)
    assert reply.confidence < SURE_DESPITE_MODEL
    assert reply.answerer == SMALL


def test_a_small_model_reads_orders_without_delimiters_and_excerpts(asking):
    with asking(says("Ferries run every ten minutes."), model=SMALL) as at:
        at.ask(SURE)
    sent = at.server.exchanges[0].user
    assert sent.startswith("[1] (Harbour bridge closes for repairs) Ferries run every ten minutes")
    assert "<<" not in sent


def test_a_small_model_that_repeats_its_orders_is_not_shown(asking):
    echo = "Answer in one short whole sentence that copies names, dates and numbers from the passages."
    with asking(says(f"{echo} Ferries run every ten minutes."), model=SMALL) as at:
        reply = at.ask(SURE)
    assert [s.text for s in reply.sentences] == ["Ferries run every ten minutes."]


def test_a_part_that_the_articles_do_not_say_is_a_notice(asking):
    with asking(says(f"{FIRST} The sources do not say who designed it.")) as at:
        reply = at.ask()
    assert [s.text for s in reply.sentences] == ["The city closed the bridge on Monday."]
    assert reply.notices == ("The articles do not say everything that was asked.",)


def test_leaving_the_stream_ends_the_request(asking):
    with asking(drips(GOOD * 100, 0.01)) as at:
        replies = at.assistant.stream(QUESTION)
        assert next(replies).complete is False
        replies.close()
        assert left(at.server)


def left(server):
    """Tell whether the client leaves the server within some seconds."""
    for _ in range(1000):
        if server.gone:
            return True
        time.sleep(0.02)
    return False


def test_many_questions_at_once_share_nothing(asking):
    with asking(
        in_turn(*[fails(500), hangs_after(SECOND_BEGUN), says(GOOD)] * 2, says(GOOD)),
        model_retries=0,
        model_pause=1.0,
    ) as at:
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(at.ask())) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
    assert len(replies) == 8
    assert sorted((r.answerer, r.complete) for r in replies) == [
        ("extractive", True), ("extractive", True), ("openai:test", False), ("openai:test", False),
        *[("openai:test", True)] * 4,
    ]  # fmt: skip


def test_the_key_is_sent_to_the_server_and_nowhere_else(asking):
    with asking(says(GOOD)) as at:
        reply = at.ask()
        assert at.server.exchanges[0].headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in repr(at.assistant.settings)
    assert KEY not in str(reply.as_json())


def test_without_a_key_a_server_of_one_s_own_is_asked_all_the_same(asking, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with asking(says(GOOD), api_key="") as at:
        assert at.ask().answerer == "openai:test"


def test_a_proxy_of_the_environment_is_not_asked_for_a_server_on_this_computer(asking, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with asking(says(GOOD)) as at:
        assert at.ask().answerer == "openai:test"


@pytest.mark.parametrize(
    ("model", "module", "advice"),
    [
        ("anthropic:claude-test", "langchain_anthropic", "pip install 'footnote[anthropic]'"),
        ("ollama:llama-test", "langchain_ollama", "pip install 'footnote[ollama]'"),
        ("google_genai:gemini-test", "langchain_google_genai", "pip install langchain-google-genai."),
        ("mistralai:mistral-test", "langchain_mistralai", "pip install langchain-mistralai."),
        ("bedrock:model-test", "langchain_aws", "pip install langchain-aws."),
        ("claude-test", "langchain_anthropic", "pip install 'footnote[anthropic]'"),
    ],
)
def test_a_missing_package_is_an_error_that_says_what_to_install(asking, monkeypatch, model, module, advice):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with (
        asking(says(GOOD), model=model, base_url="") as at,
        pytest.raises(ModelSetupError, match=re.escape(advice)),
    ):
        at.ask()


def test_advice_names_no_extra_that_there_is_not():
    pyproject = Path(__file__).parents[3] / "pyproject.toml"
    extras = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {extra: [package] for package, extra in EXTRAS.items()} == {
        extra: [re.split(r"[<>=]", one)[0] for one in needs]
        for extra, needs in extras.items()
        if extra
        not in {
            "accounts",
            "dev",
            "local",
            "mcp",
            "ocr",
            "oidc",
            "postgres",
            "ray",
            "traces",
        }  # no providers: who needs them tells of them
    }


def test_a_missing_key_is_an_error_that_names_its_variable(asking, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with (
        asking(says(GOOD), base_url="", api_key="") as at,
        pytest.raises(ModelSetupError, match="OPENAI_API_KEY"),
    ):
        at.ask()


def test_an_unknown_name_is_an_error_that_shows_the_form(asking):
    with (
        asking(says(GOOD), model="frobnicate:9000", base_url="") as at,
        pytest.raises(ModelSetupError, match="provider:name"),
    ):
        at.ask()
