"""Footnote as a part of LangChain's programs: the retriever and the runnable."""

import asyncio
from dataclasses import replace

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda

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
    assert set(documents[0].metadata) == {"article_id", "title", "source", "paragraph", "score"}


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
