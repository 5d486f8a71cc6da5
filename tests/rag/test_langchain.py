"""Footnote as a part of LangChain's programs: the retriever and the runnable."""

import asyncio
import pickle
import threading
from dataclasses import replace

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda
from pydantic import ValidationError

from footnote import Answer, Filters, QuestionError, Turn, UnknownArticle
from footnote.ingest.errors import UnknownCollection
from footnote.rag.langchain import FootnoteRetriever, FootnoteRunnable
from tests.misbehaving_server import fails, says
from tests.rag.conftest import QUESTION

GOOD = "The city closed the bridge on Monday [1]. Ferries run every ten minutes [2]."


def test_the_retriever_gives_documents_with_their_place(asking):
    with asking(says(GOOD)) as at:
        documents = FootnoteRetriever(assistant=at.assistant, k=2).invoke("ferries every ten minutes")
    assert len(documents) == 2
    assert documents[0].page_content.startswith("Ferries run")
    assert documents[0].metadata["paragraph"] == 2
    assert {"article_id", "title", "source", "paragraph", "score"} <= set(documents[0].metadata)


def test_the_runnable_answers_streams_and_batches(asking):
    with asking(says(GOOD.replace("minutes", "minutes while the bridge is closed"))) as at:
        runnable = FootnoteRunnable(at.assistant)
        reply = runnable.invoke(QUESTION)
        assert reply["answerer"] == "openai:test"
        assert reply["citations"][0]["quote"].startswith("The city closed")
        assert [len(r["sentences"]) for r in runnable.stream(QUESTION)] == [1, 2]
        assert [r["question"] for r in runnable.batch([QUESTION, "Do ferries run?"])] == [
            QUESTION,
            "Do ferries run?",
        ]
        chained = runnable | RunnableLambda(lambda r: r["answer"])
        assert chained.invoke({"question": QUESTION, "history": []}).startswith("The city closed")


def test_without_a_model_the_runnable_works_the_same(asking):
    with asking(says(GOOD)) as at:
        offline = replace(at.assistant, answerer=None)
        assert FootnoteRunnable(offline).invoke(QUESTION)["answerer"] == "extractive"
    assert at.server.exchanges == []


class Listener(BaseCallbackHandler):
    def __init__(self):
        self.chains, self.models, self.errors, self.parents = [], [], [], {}

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **kwargs):
        self.chains.append(kwargs.get("name"))
        self.parents[run_id] = parent_run_id

    def on_chat_model_start(self, serialized, messages, *, run_id, parent_run_id=None, **kwargs):
        self.models.append(messages[0][-1].content)
        self.parents[run_id] = parent_run_id

    def on_llm_error(self, error, **kwargs):
        self.errors.append(error)


@pytest.mark.parametrize("stream", [False, True])
def test_callbacks_hear_of_the_models_requests_within_the_run(asking, stream):
    listener = Listener()
    with asking(says(GOOD)) as at:
        runnable = FootnoteRunnable(at.assistant)
        config = {"callbacks": [listener]}
        _ = list(runnable.stream(QUESTION, config)) if stream else runnable.invoke(QUESTION, config)
    assert len(listener.models) == 1
    assert QUESTION in listener.models[0]
    roots = [run for run, parent in listener.parents.items() if parent is None]
    assert len(roots) == 1


def test_callbacks_hear_of_a_failure_too(asking):
    listener = Listener()
    with asking(fails(401), model_retries=0) as at:
        FootnoteRunnable(at.assistant).invoke(QUESTION, {"callbacks": [listener]})
    assert len(listener.errors) == 1


async def _async_uses(runnable):
    reply = await runnable.ainvoke(QUESTION)
    return reply, [r async for r in runnable.astream(QUESTION)]


def test_the_runnable_works_in_an_event_loop_of_the_callers(asking):
    with asking(says(GOOD)) as at:
        reply, streamed = asyncio.run(_async_uses(FootnoteRunnable(at.assistant)))
    assert reply["answerer"] == streamed[-1]["answerer"] == "openai:test"


SAMPLE = "Who designed the harbour bridge?"
GROWING = "How do heat pumps work in the valley?"


@pytest.fixture
def runnable(sample_assistant):
    return FootnoteRunnable(sample_assistant)


@pytest.fixture
def retriever(sample_assistant):
    return FootnoteRetriever(assistant=sample_assistant, k=3)


def test_a_document_has_an_id_and_tells_what_is_known_of_its_article(retriever):
    document = retriever.invoke(SAMPLE)[0]
    record = retriever.assistant.library.article(document.metadata["article_id"])
    assert document.id == f"{record.article_id}:{document.metadata['paragraph']}"
    assert document.metadata["date"] == record.date
    assert document.metadata.get("author", "") == record.author
    assert document.metadata.get("url", "") == record.url


def test_how_many_and_of_what_can_be_said_in_every_usual_way(retriever, sample_assistant):
    assert len(retriever.invoke(SAMPLE)) == 3
    assert len(retriever.invoke(SAMPLE, k=1)) == 1
    wished = FootnoteRetriever(
        assistant=sample_assistant, search_kwargs={"k": 2, "articles": ["ferry-network.md"]}
    )
    found = wished.invoke(SAMPLE)
    assert [d.metadata["source"].rpartition("/")[2] for d in found] == ["ferry-network.md"] * 2
    chosen = retriever.configurable_fields(k=ConfigurableField(id="k"))
    assert len(chosen.invoke(SAMPLE, {"configurable": {"k": 2}})) == 2


@pytest.mark.parametrize("k", [0, -1, 1_001, True, "3", 2.0, None])
def test_a_number_of_documents_that_is_none_is_refused(retriever, sample_assistant, k):
    with pytest.raises(ValueError, match="k"):
        retriever.invoke(SAMPLE, k=k)
    with pytest.raises((ValidationError, ValueError)):
        FootnoteRetriever(assistant=sample_assistant, search_kwargs={"k": k})
    with pytest.raises(ValidationError):
        FootnoteRetriever(assistant=sample_assistant, k=k)


def test_what_a_search_does_not_know_is_refused(retriever, sample_assistant):
    with pytest.raises(QuestionError, match="top_k"):
        retriever.invoke(SAMPLE, top_k=2)
    with pytest.raises((ValidationError, QuestionError), match="filter"):
        FootnoteRetriever(assistant=sample_assistant, search_kwargs={"filter": {}})
    with pytest.raises(UnknownArticle):
        retriever.invoke(SAMPLE, articles=["nothing.md"])
    with pytest.raises(QuestionError, match="yesterday"):
        retriever.invoke(SAMPLE, since="yesterday")


def test_both_can_be_pickled_without_their_secrets(sample_assistant):
    settings = replace(sample_assistant.settings, api_key="hush-hush", password="open-sesame")
    assistant = replace(sample_assistant, settings=settings)
    for part in (FootnoteRetriever(assistant=assistant, k=2), FootnoteRunnable(assistant)):
        kept = pickle.dumps(part)
        assert b"hush-hush" not in kept
        assert b"open-sesame" not in kept
        again = pickle.loads(kept)
        assert type(again) is type(part)
        mine, theirs = part.invoke(SAMPLE), again.invoke(SAMPLE)
        assert (mine if isinstance(mine, list) else mine["answer"]) == (
            theirs if isinstance(theirs, list) else theirs["answer"]
        )


HISTORY = [
    [{"role": "user", "content": SAMPLE}, {"role": "assistant", "content": "Hedda Krogh did [1]."}],
    [HumanMessage(SAMPLE), AIMessage("Hedda Krogh did [1].")],
    [("human", SAMPLE), ("ai", "Hedda Krogh did [1].")],
    [Turn("user", SAMPLE), Turn("assistant", "Hedda Krogh did [1].")],
    [
        SystemMessage("Be kind."),
        HumanMessage(SAMPLE),
        ToolMessage("x", tool_call_id="1"),
        AIMessage("Hedda Krogh did [1]."),
    ],
]


@pytest.mark.parametrize("history", HISTORY)
def test_a_conversation_may_have_any_usual_form(runnable, history):
    asked = "When did she open it?"
    forms = [
        {"question": asked, "history": history},
        {"input": asked, "chat_history": history},
        {"messages": [*history, HumanMessage(asked)]},
        [*history, ("user", asked)],
    ]
    said = [runnable.invoke(form)["answer"] for form in forms]
    assert len(set(said)) == 1
    assert "1931" in said[0]


def test_a_prompt_and_a_message_are_questions(runnable):
    prompt = ChatPromptTemplate.from_messages([("system", "Be kind."), ("human", "{question}")])
    assert "Hedda Krogh" in (prompt | runnable).invoke({"question": SAMPLE})["answer"]
    assert "Hedda Krogh" in runnable.invoke(HumanMessage(SAMPLE))["answer"]


def test_a_graph_of_messages_gets_a_message(runnable):
    from langgraph.graph import START, MessagesState, StateGraph

    graph = StateGraph(MessagesState)
    graph.add_node("footnote", runnable)
    graph.add_edge(START, "footnote")
    state = graph.compile().invoke({"messages": [HumanMessage(SAMPLE)]})
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    assert "Hedda Krogh" in last.content
    assert last.response_metadata["footnote"]["citations"]


@pytest.mark.parametrize(
    "given",
    [
        None,
        5,
        {},
        {"question": None},
        {"question": SAMPLE, "input": SAMPLE},
        {"question": SAMPLE, "article": []},
        {"question": SAMPLE, "history": "Hedda"},
        {"question": SAMPLE, "history": [5]},
        {"question": SAMPLE, "history": [{"role": "wizard", "content": "x"}]},
        {"question": SAMPLE, "since": "yesterday"},
        {"messages": []},
        {"messages": [AIMessage("Hm.")]},
        "",
    ],
)
def test_what_is_no_question_is_refused(runnable, given):
    with pytest.raises(QuestionError):
        runnable.invoke(given)
    with pytest.raises(QuestionError):
        asyncio.run(runnable.ainvoke(given))


def test_the_articles_that_may_answer_can_be_named(runnable):
    assert runnable.invoke({"question": SAMPLE, "articles": ["ferry-network.md"]})["refused"]
    with pytest.raises(UnknownArticle):
        runnable.invoke({"question": SAMPLE, "articles": ["nothing.md"]})


def test_an_asynchronous_stream_grows_and_leaves_the_loop_free(runnable):
    async def read():
        ticks, done = [], asyncio.Event()

        async def tick():
            while not done.is_set():
                ticks.append(1)
                await asyncio.sleep(0.001)

        beside = asyncio.create_task(tick())
        found = [reply async for reply in runnable.astream(GROWING)]
        done.set()
        await beside
        return found, ticks

    found, ticks = asyncio.run(read())
    counts = [len(r["sentences"]) for r in found]
    assert counts == [len(r["sentences"]) for r in runnable.stream(GROWING)]
    assert len(counts) > 1
    assert [r["complete"] for r in found] == [False] * (len(found) - 1) + [True]
    assert len(ticks) > 3


def test_events_of_a_stream_tell_of_each_piece(runnable):
    async def read():
        return [e["event"] async for e in runnable.astream_events(GROWING, version="v2")]

    assert asyncio.run(read()).count("on_chain_stream") > 1


def test_leaving_a_stream_ends_it(runnable):
    before = threading.active_count()

    async def read():
        async for _ in runnable.astream(GROWING):
            break

    asyncio.run(read())
    assert threading.active_count() <= before + 1


def test_it_says_what_it_takes(runnable):
    assert runnable.get_input_jsonschema()["anyOf"]


def test_equal_answers_are_equal_however_long_they_took(sample_assistant):
    mine, theirs = sample_assistant.ask(SAMPLE), sample_assistant.ask(SAMPLE)
    assert isinstance(mine, Answer)
    assert mine.timings_ms != theirs.timings_ms
    assert mine == theirs


@pytest.mark.parametrize("since", ["yesterday", "2026-13", "2026-02-30", "20260101", "２０２６"])
def test_a_date_that_is_none_is_refused(since):
    with pytest.raises(ValueError, match="no date"):
        Filters(since=since)


def test_collections_and_tags_choose_what_is_searched_and_asked(sample_assistant):
    from footnote.rag.find.retrieve import allowed_articles

    class Filed:
        """The samples, where one article is in “Board” and tagged “two”."""

        def __getattr__(self, name):
            return getattr(sample_assistant.library, name)

        def chosen(self, collections=(), tags=()):
            if any(c != "Board" for c in collections) or any(t != "two" for t in tags):
                raise UnknownCollection("No collection goes by that name.")
            return {sample_assistant.library.resolve("ferry-network.md")}

    assistant = replace(sample_assistant, library=Filed())
    ferry = sample_assistant.library.resolve("ferry-network.md")
    for kwargs in ({"collections": "Board"}, {"tags": ["two"]}, {"collections": ["Board"], "k": 3}):
        found = FootnoteRetriever(assistant=assistant, search_kwargs=kwargs).invoke("heat pumps")
        assert {d.metadata["article_id"] for d in found} == {ferry}
    reply = FootnoteRunnable(assistant).invoke({"question": "Who designed the bridge?", "tags": ["two"]})
    assert "tagged “two”" in reply["answer"]
    with pytest.raises(UnknownCollection):
        FootnoteRetriever(assistant=assistant).invoke("heat pumps", collections=["Nowhere"])
    assert allowed_articles(assistant.library, Filters(collections=("Board",))) == {ferry}
