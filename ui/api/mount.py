"""Put the doors for programs beside the page, in one process."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from footnote.ingest.errors import LibraryError
from footnote.ingest.handover.writer import DirectWriter
from footnote.rag.english.lists import in_a_row
from footnote.ui.api import mcp, ours, reference
from footnote.ui.api import openai as openai_form
from footnote.ui.api.doors import READS, Doors
from footnote.ui.api.evaluations import Evaluations
from footnote.ui.api.faults import Fault, Route
from footnote.ui.api.gate import ASKING, Gate, is_door, path_of
from footnote.ui.api.jobs import Jobs
from footnote.ui.api.keys import Keys
from footnote.ui.api.service import Service
from footnote.ui.api.traces import Tracer
from footnote.ui.api.turns import Turns
from footnote.ui.api.watch import Watch
from footnote.ui.page.adding import named, read_paste

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

    from footnote.ui.page.page import Page

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NO_DOOR = "There is nothing under this address and method. GET /api/docs lists what there is."


def mount(app: FastAPI, page: Page, *, exposed: bool, password: str) -> None:
    """Add the routes and the gate before them; `exposed` means that other computers may reach them.

    The gate must stand before the page's own, so call this after that was added.
    """
    assistant = page.assistant
    settings, desk = assistant.settings, page.desk
    tracer = Tracer.to(settings.traces)
    watch, service = Watch(assistant), Service(lambda: page.of(ASKING.get()).assistant, tracer)
    doors = Doors(
        service,
        Turns(desk.reply_queue, settings.api_seconds),
        Jobs(lambda: page.of(ASKING.get()).desk.store, page.sees_all),
        Evaluations(settings.queue, page.sees_all),
        watch,
        version("footnote"),
    )
    app.add_middleware(
        Gate,
        keys=Keys(assistant.library.home, shared=desk.conversations.shared),
        watch=watch,
        tracer=tracer,
        a_minute=settings.api_rate,
        exposed=exposed,
        password=password,
        accounts=assistant.library.accounts,
    )
    routers = (openai_form.router(doors), ours.router(doors))
    for router in routers:
        app.include_router(router)
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    reference.describe(app, doors.version, routes)
    _mount_mcp(app, doors, settings.api_seconds)
    rest = APIRouter(route_class=Route)

    @rest.get("/metrics", dependencies=READS, include_in_schema=False)
    def metrics() -> Response:
        return Response(watch.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    app.include_router(rest)
    app.router.routes.append(_NoDoor(routes))


class _NoDoor(BaseRoute):
    """What no door before it takes, whatever the method: nothing of it is for the page to answer."""

    def __init__(self, doors: Sequence[APIRoute]) -> None:
        self.doors = doors

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether a program asks."""
        ours = scope["type"] == "http" and is_door(path_of(scope))
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing, or which methods the address takes."""
        fault = Fault(404, NO_DOOR, "not_found")
        there = (route for route in self.doors if route.matches(scope)[0] is Match.PARTIAL)
        if taken := sorted({method for route in there for method in route.methods or ()}):
            told = f"This address takes {in_a_row(taken)}. GET /api/docs lists what there is."
            fault = Fault(405, told, "method_not_allowed", headers={"Allow": ", ".join(taken)})
        await fault.response()(scope, receive, send)


def _mount_mcp(app: FastAPI, doors: Doors, seconds: float) -> None:
    """Add `/mcp` where the SDK is installed; elsewhere say what is missing."""

    async def add(text: str, title: str) -> dict[str, Any]:
        job = await asyncio.to_thread(doors.put, [named(text)], lambda: read_paste(text, title), len(text))
        if not await doors.jobs.ended(job, seconds):
            raise LibraryError(f"It waits to be stored, and will be: job {job.id}.")
        if not job.outcomes:
            raise LibraryError(job.reason or "It was taken out of the line.")
        return job.outcomes[0].as_json()

    async def change(work: Callable[[DirectWriter], Any]) -> Any:
        def noted() -> Any:
            doors.service.note("change by MCP", "")
            return work(DirectWriter(doors.service.assistant.library))

        return await doors.turns.one(noted)

    reading = mcp.Reach(doors.service, doors.turns.one)
    if mcp.mount(app, reading, mcp.Reach(doors.service, doors.turns.one, mcp.Changing(change, add))):
        return
    missing = APIRouter(route_class=Route)

    @missing.api_route("/mcp", methods=METHODS, include_in_schema=False)
    async def absent() -> Response:
        raise Fault(501, mcp.MISSING, "mcp_missing")

    app.include_router(missing)
