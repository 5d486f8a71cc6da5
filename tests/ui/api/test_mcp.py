"""The tools, asked by the SDK's own client: within the process, over standard input, over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys

import pytest

from footnote.ingest.pipeline import Outcome
from footnote.ui.api.keys import Keys
from footnote.ui.page.page import Page
from tests.ui.api.conftest import beside, running

mcp = pytest.importorskip("mcp")
from mcp import Client, StdioServerParameters  # noqa: E402

from footnote.ui.api.mcp import Reach, build_server  # noqa: E402
from footnote.ui.api.service import Service  # noqa: E402

READING = {"ask", "search", "check_claim", "summarise", "show_paragraph", "list_articles", "list_collections"}
CHANGING = {"add_article", "remove_article", "arrange_articles"}
QUESTION = "Who designed the harbour bridge?"
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


async def talked(to, talk):
    async with Client(to) as client:
        return await talk(client)


@pytest.fixture
def call(sample_assistant):
    server = build_server(Reach(Service(lambda: sample_assistant), asyncio.to_thread))

    def called(name, **given):
        return asyncio.run(talked(server, lambda client: client.call_tool(name, given)))

    return called


def test_the_tools_are_there_and_say_that_they_only_read(sample_assistant):
    server = build_server(Reach(Service(lambda: sample_assistant), asyncio.to_thread))
    tools = asyncio.run(talked(server, lambda client: client.list_tools())).tools
    assert {t.name for t in tools} == READING
    assert all(t.annotations.read_only_hint for t in tools)


def test_an_answer_is_structured_and_every_quote_is_where_it_says(call, sample_assistant):
    found = call("ask", question=QUESTION).structured_content
    assert found["short_answer"]["text"] == "Hedda Krogh"
    for citation in found["citations"]:
        paragraphs = sample_assistant.library.paragraphs(citation["article_id"])
        text = next(p.text for p in paragraphs if p.number == citation["paragraph"])
        assert text[citation["quote_start"] : citation["quote_end"]] == citation["quote"]
        shown = call(
            "show_paragraph", article=citation["article_id"], paragraph=citation["paragraph"]
        ).structured_content
        assert citation["quote"] in "".join(s["text"] for s in shown["shown"])
        assert [s["paragraph"] for s in shown["shown"]] == list(
            range(citation["paragraph"] - 1, citation["paragraph"] + len(shown["shown"]) - 1)
        )


def test_what_else_is_asked(call):
    assert len(call("search", query="heat pumps", k=3).structured_content["passages"]) == 3
    verdicts = call("check_claim", claim="Hedda Krogh designed the harbour bridge.").structured_content[
        "sentences"
    ]
    assert verdicts[0]["support"]["verdict"] == "supported"
    assert call("summarise", articles=["ferry-network.md"]).structured_content["citations"]
    listed = call("list_articles", limit=2).structured_content
    assert len(listed["articles"]) == 2 < listed["total"]
    assert call("ask", question="Who won the chess olympiad of 1984?").structured_content["refused"]


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("ask", {"question": ""}, "The question is empty"),
        ("ask", {"question": QUESTION, "articles": ["nothing.md"]}, "nothing.md"),
        ("ask", {"question": QUESTION, "since": "soon"}, "soon"),
        ("ask", {"question": None}, "“question” must be a text."),
        ("ask", {}, "“question” is missing."),
        ("ask", {"question": QUESTION, "article": "x"}, "“article” is not known here. ask takes question, "),
        ("list_collections", {"limit": 5}, "list_collections takes nothing."),
        ("ask", {"question": QUESTION, "history": [{"role": "system", "content": "x"}]}, "role"),
        ("search", {"query": "x", "k": 5_000}, "k"),
        ("summarise", {}, "one of the two"),
        (
            "show_paragraph",
            {"article": "ferry-network.md", "paragraph": 4_000},
            "there is no paragraph 4,000",
        ),
        ("show_paragraph", {"article": "ferry-network.md", "paragraph": 0}, "paragraph"),
    ],
)
def test_what_cannot_be_used_is_told(call, name, given, words):
    found = call(name, **given)
    assert found.is_error
    assert words in found.content[0].text


def test_articles_are_resources(sample_assistant):
    server = build_server(Reach(Service(lambda: sample_assistant), asyncio.to_thread))

    async def talk(client):
        listed = (await client.list_resources()).resources
        text = await client.read_resource(listed[0].uri)
        with pytest.raises(mcp.MCPError):
            await client.read_resource("footnote://articles/nothing")
        return listed, text.contents[0].text

    listed, text = asyncio.run(talked(server, talk))
    assert len(listed) == len(sample_assistant.library.articles())
    assert text.startswith(f"# {listed[0].title}\n\n[1] ")


def command(home, *more):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = ["-m", "footnote", "--home", str(home), "mcp", *more]
    return StdioServerParameters(command=sys.executable, args=arguments, env=environment)


@pytest.mark.slow
def test_the_command_speaks_over_standard_input_and_changes_only_when_told(sample_home, tmp_path):
    import shutil

    home = tmp_path / "library"
    shutil.copytree(sample_home, home)

    async def read_only(client):
        return {t.name for t in (await client.list_tools()).tools}

    async def writes(client):
        text = "The mill of Sund was painted red by Ane Dahl."
        added = (await client.call_tool("add_article", {"text": text, "title": "Sund"})).structured_content
        said = (
            await client.call_tool("ask", {"question": "Who painted the mill of Sund?"})
        ).structured_content
        gone = await client.call_tool("remove_article", {"article": added["article_id"]})
        return added, said, gone.structured_content

    assert asyncio.run(talked(command(home), read_only)) == READING
    added, said, gone = asyncio.run(talked(command(home, "--write"), writes))
    assert added["status"] == "added"
    assert "Ane Dahl" in said["answer"]
    assert gone["removed"]["title"] == "Sund"


def test_over_http_the_same_tools_are_there(served):
    async def talk(client):
        tools = {t.name for t in (await client.list_tools()).tools}
        return tools, (await client.call_tool("ask", {"question": QUESTION})).structured_content

    tools, found = asyncio.run(talked(f"{served.url}/mcp", talk))
    assert tools == READING
    assert "Hedda Krogh" in json.dumps(found)


def test_over_http_only_a_key_that_may_write_changes_anything(served):
    import httpx

    keys = Keys(served.assistant.settings.home)
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    kind = {"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-06-18"}

    def tools(scope):
        headers = {**kind, "Authorization": f"Bearer {keys.add(scope, scope)[1]}"}
        sent = httpx.post(f"{served.url}/mcp", json=body, headers=headers, timeout=60)
        assert sent.status_code == 200, sent.text
        return {t["name"] for t in sent.json()["result"]["tools"]}

    try:
        assert tools("read") == READING
        assert tools("write") == READING | CHANGING
        refused = httpx.post(f"{served.url}/mcp", json=body, headers=kind)
        assert refused.status_code == 401
    finally:
        keys._shelf.path.unlink()


def test_over_http_a_text_is_added_by_whatever_stores_for_the_page(sample_assistant, tmp_path):
    import httpx

    given, jobs = [], []

    def store(articles):
        for article in articles:
            given.append(article.title)
            yield Outcome(article.source, "added", "id", article.title, 1)

    page = Page(sample_assistant, uploads=tmp_path, store=store)
    keys = Keys(sample_assistant.library.home)
    shown = {"Authorization": f"Bearer {keys.add('importer', 'write')[1]}"}
    kind = {"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-06-18"}
    call = {"name": "add_article", "arguments": {"text": "The mill turns again.", "title": "Mill"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    try:
        with running(beside(page)) as url:
            sent = httpx.post(f"{url}/mcp", json=body, headers={**kind, **shown}, timeout=60).json()
            jobs = httpx.get(f"{url}/api/jobs", headers=shown).json()["jobs"]
    finally:
        keys._shelf.path.unlink()
    assert sent["result"]["structuredContent"]["status"] == "added"
    assert given == ["Mill"]
    assert [job["state"] for job in jobs] == ["done"]


def test_what_others_log_stays_as_it_is(sample_assistant):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    build_server(Reach(Service(lambda: sample_assistant), asyncio.to_thread))
    assert (root.handlers, root.level) == before
