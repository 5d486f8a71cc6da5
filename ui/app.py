"""The Gradio app: three columns of `gr.HTML` and the wiring of their acts to a `Page`.

The parts are our own HTML (see `ui.render`), kept current by Gradio, which also carries acts,
streams, uploads and one state for each open page. An act is a custom event of a component; what
comes with it is checked in `ui.page`, because a browser can send anything.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator  # noqa: TC003 - Gradio reads the annotations of acts when it runs
from importlib import resources
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui import render
from ui.page import Page, Session

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "Footnote"
READERS = 16  # replies and summaries made at once; the next ones wait their turn
MOST_WAITING = 200


def asset(name: str) -> str:
    """Return the text of a file that lies beside this module."""
    return resources.files("ui").joinpath(name).read_text(encoding="utf-8")


def head() -> str:
    """Return what the page's head needs: style, script, and a viewport that fits a phone."""
    return f"<style>{asset('app.css')}</style><script>{asset('app.js')}</script>"


def build_app(page: Page) -> gr.Blocks:
    """Return the app, ready to be mounted."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as app:
        session = gr.State(Session())  # Gradio copies it for each open page
        _part("header", asset("header.html"), "fresh")
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="library-column", min_width=0):
                add = _part("add", asset("add.html"), "upload", "paste")
                results = _part("results", render.lines(()))
                library = _part("library", render.library((), ()), "pick", "all", "remove")
            with gr.Column(elem_id="chat-column", min_width=0):
                conversation = _part("conversation", _opening())
                composer = _part("composer", asset("composer.html"), "ask", "summary", "stop", "fresh")
            with gr.Column(elem_id="sources-column", min_width=0):
                _part("sources-head", asset("sources.html"))
                sources = _part("sources", render.sources(0, ()), "cite")
        acts = _Acts(page)
        talk, shelf = [conversation, sources], [library, conversation, results]
        on = functools.partial(_on, session=session)
        answering = {"concurrency_id": "reply", "concurrency_limit": READERS}
        on(composer.ask, acts.ask, talk, **answering)
        on(composer.summary, acts.summary, talk, **answering)
        on(composer.stop, acts.stop, None)
        on(composer.fresh, acts.fresh, talk)
        on(sources.cite, acts.cite, sources)
        on(library.pick, acts.pick, library)
        on(library.all, acts.pick_all, library)
        on(library.remove, acts.remove, shelf)
        on(add.upload, acts.upload, shelf, concurrency_limit=4)
        on(add.paste, acts.paste, shelf, concurrency_limit=4)
        on(app.load, acts.load, [library, conversation, sources])
    app.queue(max_size=MOST_WAITING, api_open=False)
    return app


class _Acts:
    """The page's acts as Gradio calls them: with the session, and what the browser sent."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def load(self, session: Session) -> tuple[str, str, str]:
        page = self.page
        return page.library(session), page.conversation(session), page.sources(session, session.asked)

    def ask(self, session: Session, event: gr.EventData) -> Iterator[tuple[str, str]]:
        yield from self.page.ask(session, _sent(event, "question"))

    def summary(self, session: Session, event: gr.EventData) -> Iterator[tuple[str, str]]:
        yield from self.page.summarise(session, _sent(event, "article"))

    def stop(self, session: Session) -> None:
        session.stop()

    def fresh(self, session: Session) -> tuple[str, str]:
        return self.page.fresh(session)

    def cite(self, session: Session, event: gr.EventData) -> str:
        return self.page.open_source(session, _sent(event, "ref"))

    def pick(self, session: Session, event: gr.EventData) -> str:
        return self.page.pick(session, _sent(event, "article"), _sent(event, "on"))

    def pick_all(self, session: Session) -> str:
        return self.page.pick_all(session)

    def remove(self, session: Session, event: gr.EventData) -> tuple[str, str, str]:
        return self.page.remove(session, _sent(event, "article"))

    def upload(self, session: Session, event: gr.EventData) -> Iterator[tuple[str, str, str]]:
        yield from self.page.upload(session, _sent(event, "files"))

    def paste(self, session: Session, event: gr.EventData) -> Iterator[tuple[str, str, str]]:
        yield from self.page.paste(session, _sent(event, "text"), _sent(event, "title"))


def _sent(event: gr.EventData, name: str) -> object:
    """Return one value of what the browser sent with an act, or None."""
    data = getattr(event, "_data", None)
    return data.get(name) if isinstance(data, dict) else None


def _part(name: str, value: str, *acts: str) -> Any:
    """Return a piece of our HTML; `app.js` is handed it, with a way to trigger each of its acts."""
    known = ", ".join(f"'{act}'" for act in acts)  # Gradio finds the names of events in the script
    script = (
        f"(window.footnote = window.footnote || []).push({{part: '{name}', acts: [{known}], "
        "element, trigger, watch, upload})"
    )
    return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False, padding=False)


def _on(
    listen: Callable[..., Any], act: Callable[..., Any], outputs: Any, *, session: gr.State, **options: Any
) -> None:
    listen(
        act,
        session,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        **{"concurrency_limit": None, **options},
    )


def _opening() -> str:
    """Return what stands in the chat for the moment until the page has loaded."""
    return '<div class="conversation" data-state="idle" data-turn="0" data-say=""></div>'
