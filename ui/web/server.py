"""Serve the page on this computer: FastAPI with the app mounted, and the headers that keep it safe."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import webbrowser
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.ingest.readers.document import MOST_PARAGRAPHS
from footnote.rag.errors import SettingsError
from footnote.ui.api.gate import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from footnote.rag.assistant import Assistant
    from footnote.rag.settings import Settings
    from footnote.ui.page.page import Page
    from footnote.ui.web.guard import Entrance
    from footnote.ui.web.provider_login import ProviderLogin
    from footnote.ui.web.visits import Visits

log = logging.getLogger("footnote.ui")

MAX_UPLOAD = "50mb"
# Gradio compiles its templates in the browser, hence 'unsafe-eval'; nothing is fetched elsewhere.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
# A report of an evaluation is a page of its own that our page shows in a frame; no script runs in it.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Nothing to other sites. With “no-referrer” browsers send our own forms from the origin “null”.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
REPORT_HEADERS = {**HEADERS, "Content-Security-Policy": REPORT_POLICY, "X-Frame-Options": "SAMEORIGIN"}
# What the page asks of Gradio. Its other routes (files, recordings, icons, profiles) are not there.
ROUTES = re.compile(
    r"/|/config|/theme\.css|/robots\.txt|/favicon\.ico|/manifest\.json|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:queue/(?:join|data)|upload|upload_progress|cancel|reset|heartbeat/[^/]+"
    r"|info|app_id|startup-events|theme\.css)"
)
GOODBYE = 2  # seconds that open pages get to finish when the server ends


@lru_cache(maxsize=1)
def upload_folder() -> Path:
    """Return the folder for uploads of this process: its own, and removed when it ends.

    Gradio's default is one folder for all users of a computer, which the second of them cannot write.
    """
    folder = Path(tempfile.mkdtemp(prefix="footnote-uploads-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def create_app(
    assistant: Assistant, *, entrance: Entrance | None = None, password: str = "", root_path: str = ""
) -> FastAPI:
    """Return the web application over `assistant`, which it uses and does not close.

    `entrance` says under which names it is reached; without it, under any. With a `password`, everything
    but `/healthz` asks for it. `root_path` is where a reverse proxy shows the page, as `/notes`.

    What is mounted on it later stands behind the same doors.

    The encoder is loaded in the background once the application starts; `/healthz` answers meanwhile.
    """
    folder = upload_folder()
    # Gradio reads both when it is imported or mounted.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.cors import CORSMiddleware
    from starlette.middleware.gzip import GZipMiddleware

    from footnote.ui.api.mount import mount
    from footnote.ui.page.page import Page
    from footnote.ui.web.access import AccessMiddleware
    from footnote.ui.web.app import build_app, head
    from footnote.ui.web.guard import Entrance, Guard
    from footnote.ui.web.visits import Visits

    page = Page(assistant, uploads=folder)
    blocks = build_app(page)
    visits = Visits(blocks)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        threading.Thread(target=page.warm, name="footnote-warm", daemon=True).start()
        async with visits.watched():
            yield
        page.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(GZipMiddleware)  # streams are not held back
    # Without this, Gradio answers any origin, with credentials, under a public host name.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    kept = page.desk.conversations
    elsewhere = _elsewhere(assistant, kept.secret("door"), root_path)
    app.add_middleware(
        AccessMiddleware,
        password=password,
        secret=kept.secret("door"),
        end=kept.end,
        ended=kept.ended,
        accounts=assistant.library.accounts,
        note=assistant.library.note,
        elsewhere=elsewhere,
    )
    exposed = assistant.settings.exposed or bool(root_path or elsewhere)
    mount(app, page, exposed=exposed, password=password)
    app.add_middleware(Guard, entrance=entrance or Entrance())
    app.add_middleware(_Headers)
    app.get("/healthz")(partial(_health, page))
    for path in ("/export/{name}", "/export/{conversation}/{name}"):
        app.add_route(path, partial(_export, page))
    app.add_route("/shared/{token}", partial(_shared, page))
    app.add_route("/original/{article}/{paragraph:int}", partial(_original, page))
    app.add_route("/evaluation/{name}.{form}", partial(_report, page))
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        favicon_path=str(Path(__file__).parent / "static" / "favicon.svg"),
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=head(),
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        root_path=root_path or None,
    )
    # Gradio checks that a file was uploaded only once it believes itself launched.
    blocks.has_launched = True
    mounted = app.routes[-1]
    mounted.app = _Asked(mounted.app, visits)  # type: ignore[attr-defined]
    return app


def _elsewhere(assistant: Assistant, secret: bytes, root_path: str) -> ProviderLogin | None:
    """Return the login at a provider, if one is set."""
    settings, library = assistant.settings, assistant.library
    if not settings.oidc_issuer:
        return None
    from footnote.ui.web.oidc import Provider
    from footnote.ui.web.provider_login import ProviderLogin

    admit = partial(library.admit, newcomers=settings.oidc_newcomers)
    return ProviderLogin(Provider(settings), admit, library.note, secret, root_path)


class _Asked:
    """Hands on to Gradio what the page asks it for, and nothing else.

    What Gradio fails at, such as an act that there is not, was a request that no page sends: acts fail in
    their streams.
    """

    def __init__(self, app: ASGIApp, visits: Visits) -> None:
        self.app = app
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, beats, session = path_of(scope).rpartition("/heartbeat/") if scope["type"] == "http" else ("",) * 3
        with self.visits.held_open(session) if beats else contextlib.nullcontext():
            await self._hand_on(scope, receive, send)

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not ROUTES.fullmatch(path_of(scope)):
            from starlette.responses import PlainTextResponse

            await PlainTextResponse("There is nothing under this address.", 404)(scope, receive, send)
        else:
            await self._handle(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import PlainTextResponse

        failed = False

        async def sending(message: Message) -> None:
            nonlocal failed
            failed = failed or (message["type"] == "http.response.start" and message["status"] == 500)
            if not failed:
                await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if not failed:
                raise
            log.warning("a request was not understood: %s", type(error).__name__)
        if failed:
            await PlainTextResponse("This request was not understood.", 400)(scope, receive, send)


class _Headers:
    """Add `HEADERS` to every response, streams included, without holding any of it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = _headers_of(scope.get("path", ""), message["status"])
                ours = [(k.lower().encode(), v.encode()) for k, v in told.items()]
                names = {name for name, _ in ours}
                kept = [pair for pair in message["headers"] if pair[0].lower() not in names]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        await self.app(scope, receive, with_headers)


def _headers_of(path: str, status: int) -> dict[str, str]:
    if status >= 400:  # an error of now is none for later
        return {**(REPORT_HEADERS if "/evaluation/" in path else HEADERS), "Cache-Control": "no-store"}
    if path.startswith("/assets/"):  # their names change with their content
        return {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
    return REPORT_HEADERS if "/evaluation/" in path else HEADERS


def _health(page: Any) -> dict[str, Any]:
    return {"status": "ok", "ready": page.ready.is_set()}


def _export(page: Page, request: Request) -> Response:
    """Return a conversation, or one exchange of it, as a file, to the browser it belongs to."""
    from starlette.responses import PlainTextResponse, Response

    from footnote.ui.html import export
    from footnote.ui.web.access import account_of
    from footnote.ui.web.cookies import Cookie

    given, _, form = request.path_params["name"].rpartition(".")
    key = request.path_params.get("conversation", given)
    conversations = page.desk.conversations
    reader = page.reader_of(account_of(request)) or request.cookies.get(Cookie.READER, "")
    kept = conversations.find(reader, key) if reader and form in export.WRITERS else None
    found = conversations.exchanges(reader, key) if kept else []
    chosen = found if key == given else [e for e in found if str(e.number) == given]
    if kept is None or not chosen:
        return PlainTextResponse("There is nothing under this address.", status_code=404)
    title = kept.title if chosen is found else chosen[0].question
    return Response(
        export.WRITERS[form](title, chosen),
        headers={
            "Content-Type": export.TYPES[form],
            "Content-Disposition": f'attachment; filename="{export.file_name(title, form)}"',
            "Cache-Control": "no-store",
        },
    )


def _shared(page: Page, request: Request) -> Response:
    """Return a conversation that somebody shares, to who may read all that it cites."""
    from starlette.responses import HTMLResponse

    from footnote.ui.html.shared import nothing, shared
    from footnote.ui.page.sharing import read
    from footnote.ui.web.access import account_of

    found = read(page, account_of(request), request.path_params["token"])
    told = {"Cache-Control": "no-store"}
    if found is None:
        return HTMLResponse(nothing(), status_code=404, headers=told)
    return HTMLResponse(shared(found.account, found.exchanges), headers=told)


def _original(page: Page, request: Request) -> Response:
    """Return a page of the file that an article was read from, or a sentence that says why there is none."""
    from starlette.responses import PlainTextResponse, Response

    from footnote.ui.web.access import account_of

    start, end = (_count(request.query_params.get(name, "")) for name in ("from", "to"))
    paragraph = request.path_params["paragraph"]
    drawn = page.of(account_of(request)).sources.picture(
        request.path_params["article"], min(paragraph, MOST_PARAGRAPHS), start, end
    )
    private = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}
    if isinstance(drawn, str):
        return PlainTextResponse(drawn, status_code=404, headers=private)
    told = {"page": drawn.page, "pages": drawn.pages, "boxes": drawn.boxes, "at": drawn.at}
    return Response(
        drawn.picture, media_type="image/jpeg", headers={**private, "X-Footnote-Page": json.dumps(told)}
    )


def _count(given: str) -> int:
    """Return a number that a browser sent; 0 where it is none."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


def _report(page: Page, request: Request) -> Response:
    """Return a kept report of an evaluation."""
    from starlette.responses import HTMLResponse, PlainTextResponse, Response

    from footnote.ui.web.access import account_of

    form = request.path_params["form"]
    seen = page.sees_all(account_of(request))
    text = page.evaluation.report(request.path_params["name"], form) if seen else None
    if text is None:
        return PlainTextResponse("There is no such report.", status_code=404)
    return HTMLResponse(text) if form == "html" else Response(text, media_type="application/json")


def serve(settings: Settings, *, assistant: Assistant | None = None, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C or a termination signal; then close the assistant.

    Raises:
        SettingsError: If the address cannot be had, because another program listens there for instance,
            or if it can be reached from other computers and nothing keeps strangers out.
        FootnoteError: If the library cannot be opened.
    """
    from footnote.ingest.handover.handover import Receiver
    from footnote.ui.web.guard import Entrance

    if settings.log == "json":
        from footnote.ui.api.watch import log_json

        log_json()
    with contextlib.ExitStack() as stack:
        if assistant is not None:
            stack.callback(assistant.close)
        if assistant is None or not assistant.library.accounts():
            _check_exposed(settings)
        listener = stack.enter_context(_listen(settings.host, settings.port))
        if assistant is None:
            from footnote.rag.assistant import build

            assistant = build(settings)
            stack.callback(assistant.close)
        # A web page elsewhere may give its own name our address; we answer to ours only.
        app = create_app(
            assistant,
            entrance=Entrance.of(settings),
            password=settings.password,
            root_path=settings.root_path,
        )

        def ready() -> None:
            address = _address(settings.host, listener.getsockname()[1])
            if not assistant.library.read_only:
                assistant.library.announce(address)
                stack.enter_context(Receiver(assistant.library, assistant.encoder, address))
            _announce(address, open_browser=open_browser)

        _run(app, listener, ready)


def _check_exposed(settings: Settings) -> None:
    """Refuse to be reached from other computers by anyone, unless that was said to be wanted.

    What a proxy shows under a path or a name of its own can be reached from wherever that proxy is.
    """
    if not settings.exposed or settings.password or settings.open_to_all:
        return
    where = "Behind a proxy" if settings.proxied else f"At {settings.host}"
    raise SettingsError(
        f"{where} anyone who reaches this computer could read and change the library. Set "
        "FOOTNOTE_PASSWORD, or FOOTNOTE_OPEN_TO_ALL=yes if that is wanted."
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this would let two programs share the address
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The page cannot be served at {host}, port {port}: {error.strerror or error}. "
            "Choose another with FOOTNOTE_PORT, or stop the program that uses it."
        ) from error
    return listener


def _run(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):  # type: ignore[misc]
        """uvicorn that says where it is once it is there, and returns when told to end."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                ready()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            with _ending(self.handle_exit):
                yield

    Server(
        uvicorn.Config(
            app,
            http="h11",  # httptools takes headers of any length
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=GOODBYE,
            server_header=False,
            proxy_headers=False,  # `Guard` believes those that a setting names
        )
    ).run(sockets=[listener])


@contextlib.contextmanager
def _ending(end: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have the signals that end a program call `end`; uvicorn would raise them again, past clean-up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [signal.SIGINT, signal.SIGTERM]
    before = [(number, signal.signal(number, end)) for number in known]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _announce(address: str, *, open_browser: bool) -> None:
    print(f"Footnote is at {address}", flush=True)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
