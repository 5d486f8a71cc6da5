"""Put the doors for programs beside the page, in one process."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from footnote.ui.api import mcp, ours, reference
from footnote.ui.api import openai as openai_form
from footnote.ui.api.doors import READS, Doors
from footnote.ui.api.faults import Fault, Route
from footnote.ui.api.gate import ASKING, Gate
from footnote.ui.api.jobs import Jobs
from footnote.ui.api.keys import Keys
from footnote.ui.api.service import Service
from footnote.ui.api.traces import Tracer
from footnote.ui.api.turns import Turns
from footnote.ui.api.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from footnote.ingest.handover.writer import Writer
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
        Jobs(lambda: page.of(ASKING.get()).desk.store, desk.storing, page.sees_all),
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
    reference.describe(app, doors.version, [route for router in routers for route in router.routes])
    _mount_mcp(app, doors)
    rest = APIRouter(route_class=Route)

    @rest.get("/metrics", dependencies=READS, include_in_schema=False)
    def metrics() -> Response:
        return Response(watch.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @rest.api_route("/v1/{rest:path}", methods=METHODS, include_in_schema=False)
    @rest.api_route("/api/{rest:path}", methods=METHODS, include_in_schema=False)
    async def nothing(rest: str) -> Response:  # noqa: ARG001 - the path's
        raise Fault(404, NO_DOOR, "not_found")

    app.include_router(rest)


def _mount_mcp(app: FastAPI, doors: Doors) -> None:
    """Add `/mcp` where the SDK is installed; elsewhere say what is missing."""
    from footnote.ingest.handover.writer import LocalWriter

    lock = doors.jobs.lock

    async def alone(work: Callable[[Writer], Any]) -> Any:
        def held() -> Any:
            assistant = doors.service.assistant
            doors.service.note("change by MCP", "")
            with lock:
                return work(LocalWriter(assistant.library, assistant.encoder))

        return await doors.turns.one(held)

    reading = mcp.Reach(doors.service, doors.turns.one)
    if mcp.mount(app, reading, mcp.Reach(doors.service, doors.turns.one, mcp.Changing(alone))):
        return
    missing = APIRouter(route_class=Route)

    @missing.api_route("/mcp", methods=METHODS, include_in_schema=False)
    async def absent() -> Response:
        raise Fault(501, mcp.MISSING, "mcp_missing")

    app.include_router(missing)
