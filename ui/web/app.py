"""The Gradio app: our own HTML in `gr.HTML` parts, and the wiring of their acts to a `Page`.

Gradio keeps the parts current and carries acts, streams, uploads and one state for each open page.
An act is a custom event of a part; what comes with it is checked in the panels, because a browser
can send anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator  # noqa: TC003 - Gradio reads the annotations of acts when it runs
from importlib import resources
from typing import TYPE_CHECKING, Any

import gradio as gr

from footnote.ingest.errors import FootnoteError
from footnote.ingest.readers import FORMATS
from footnote.ui.html import conversation as conversation_html
from footnote.ui.html import library as library_html
from footnote.ui.html import sources as sources_html
from footnote.ui.html.templating import Html, render
from footnote.ui.page.acts import ACTS, NOTED, Act, may
from footnote.ui.state.session import OutcomeLine, Session
from footnote.ui.web.access import account_of
from footnote.ui.web.cookies import Cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from footnote.ui.page.page import Page

log = logging.getLogger("footnote.ui")

TITLE = "Footnote"
NOT_YOURS = "Your account may not do this. An editor changes articles, an admin collections and models."
MOST_WAITING = 400  # acts of any kind in Gradio's queue; questions wait in `footnote.ui.page.desk.ReplyQueue`
THREADS = 160  # acts run at once, those that wait for their turn included
SESSIONS = 1_000  # open pages remembered; at most 200 exchanges each
SHOWN = (  # the parts that acts change
    *("past", "now", "conversations", "results", "scope", "tools", "library", "sources", "reader"),
    *("settings", "evaluation"),
)
SCRIPT_LOAD = "(...given) => [null, sessionStorage.getItem('footnote-conversation') || '']"


def asset(name: str) -> str:
    """Return the text of a file of the page."""
    return resources.files("footnote.ui.web").joinpath("static", name).read_text(encoding="utf-8")


def head() -> str:
    """Return what the page's head needs: its style and its script."""
    return f"<style>{asset('app.css')}</style><script>{asset('app.js')}</script>"


def build_app(page: Page) -> gr.Blocks:
    """Return the app, ready to be mounted."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as app:
        session = gr.State(Session())  # Gradio copies it for each open page
        remembered = gr.Textbox(visible=False)
        parts = _columns()
        shown = [parts[n] for n in SHOWN]
        for part, acts in ACTS.items():
            for name, act in acts.items():
                listen = getattr(parts[part], name)  # Gradio has a method for each event of a part's script
                _listen(listen, _handler(page, (part, name, act), parts), session, shown)
        _listen(app.load, _loader(page, parts), [session, remembered], shown, js=SCRIPT_LOAD)
    app.queue(max_size=MOST_WAITING, api_open=False)
    app.max_threads = THREADS
    app.create_limiter()
    app.state_session_capacity = SESSIONS
    return app


def _columns() -> dict[str, Any]:
    """Lay out the page and return its parts by name."""
    parts: dict[str, Any] = {"header": _part("header", render("header", "header"))}
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="library-column", min_width=0):
            parts["add"] = _part("add", render("add", "add", formats=FORMATS))
            parts["results"] = _part("results", library_html.lines(()))
            parts["scope"] = _part("scope", Html('<div class="scope"></div>'))
            parts["tools"] = _part("tools", Html('<div class="tools"></div>'))
            parts["library"] = _part("library", library_html.loading())
        with gr.Column(elem_id="chat-column", min_width=0):
            with gr.Column(elem_id="conversation", min_width=0):
                parts["past"] = _part("past", Html('<div class="conversation past none"></div>'))
                parts["now"] = _part("now", conversation_html.loading())
            parts["composer"] = _part("composer", render("composer", "composer"))
        with gr.Column(elem_id="sources-column", min_width=0):
            parts["sources-head"] = _part("sources-head", render("sources", "head"))
            parts["sources"] = _part("sources", sources_html.sources(0, ()))
    parts["conversations"] = _part("conversations", conversation_html.listed((), ""))
    parts["reader"] = _part("reader", Html("<div></div>"))
    parts["settings"] = _part("settings", Html("<div></div>"))
    parts["evaluation"] = _part("evaluation", Html("<div></div>"))
    return parts


def _handler(whole: Page, named: tuple[str, str, Act], parts: dict[str, Any]) -> Callable[..., Any]:
    carry_out = _carrier(whole, named, parts)

    def handle(session: Session, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, str]]:
        try:
            yield from carry_out(session, event, request)
        except FootnoteError as error:  # what cannot be kept, as on a full disk
            log.warning("the act %s was not done: %s", named[1], error)
            yield {parts["results"]: library_html.lines([OutcomeLine("bad", str(error))])}

    return handle


def _carrier(whole: Page, named: tuple[str, str, Act], parts: dict[str, Any]) -> Callable[..., Any]:
    part, name, act = named

    def handle(session: Session, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, str]]:
        account = account_of(request)
        role = whole.role_of(account)
        if not may(role, part, name):
            told = library_html.lines([OutcomeLine("bad", NOT_YOURS)])
            yield {parts["results"]: told} if role else {}
            return
        page, reader = whole.of(account), _reader(whole, request)
        sent = getattr(event, "_data", None)
        data = sent if isinstance(sent, dict) else {}
        session.role, session.account = role, account
        if session.reader != reader:  # the server was started again; or another browser names this session
            shown = page.conversation.load(session, reader, data.get("at"))
            yield {parts[name]: html for name, html in shown.items()}
        if name in NOTED:
            what = (
                str(data[key])[:120] for key in ("article", "name", "title", "conversation") if data.get(key)
            )
            whole.note(account, name, " ".join(what))
        result = act(page, session, data)
        if isinstance(result, dict):
            yield {parts[name]: html for name, html in result.items()}
        elif result is not None:
            for shown in result:
                yield {parts[name]: html for name, html in shown.items()}
        else:
            yield {}

    return handle


def _loader(whole: Page, parts: dict[str, Any]) -> Callable[..., Any]:
    def load(session: Session, remembered: str, request: gr.Request) -> dict[Any, str]:
        account = account_of(request)
        session.role, session.account = whole.role_of(account), account
        page = whole.of(account)
        shown = page.conversation.load(session, _reader(whole, request), remembered)
        return {parts[name]: html for name, html in shown.items()}

    return load


def _reader(page: Page, request: gr.Request) -> str:
    """Return whose conversations these are: an account's, or whom the browser's cookie names; the server
    gives every browser one.
    """
    if account := account_of(request):
        return page.reader_of(account)
    value = request.cookies.get(Cookie.READER, "")
    return value if 20 <= len(value) <= 64 and value.replace("-", "").replace("_", "").isalnum() else ""


def _part(name: str, value: Html) -> Any:
    """Return a piece of our HTML; `app.js` is handed it, with a way to trigger each of its acts."""
    known = ", ".join(f"'{act}'" for act in ACTS.get(name, ()))  # Gradio finds the events in the script
    script = (
        f"(window.footnote = window.footnote || []).push({{part: '{name}', acts: [{known}], "
        "element, trigger, watch, upload})"
    )
    return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False, padding=False)


def _listen(
    listen: Callable[..., Any], act: Callable[..., Any], inputs: Any, outputs: Any, **given: Any
) -> None:
    options: dict[str, Any] = {} if "js" in given else {"trigger_mode": "multiple"}
    listen(
        act,
        inputs,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=None,
        **options,
        **given,
    )
