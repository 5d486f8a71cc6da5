"""What went wrong, told to a program: a status, and the form that OpenAI's clients know.

`{"error": {"message", "type", "param", "code"}}`. A bug keeps its traceback in the log and gives nothing
away.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from footnote.rag.errors import (
    FootnoteError,
    LibraryError,
    ModelError,
    NotAllowed,
    QuestionError,
    SettingsError,
    UnknownArticle,
    UnknownCollection,
    UnusableName,
)
from footnote.ui.api.watch import request_id
from footnote.ui.state.mistakes import mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

log = logging.getLogger("footnote.ui.api")

KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
# The narrowest class first.
STATUS: tuple[tuple[type[FootnoteError], int, str], ...] = (
    (UnknownArticle, 404, "article_not_found"),
    (NotAllowed, 403, "not_allowed"),
    (UnknownCollection, 404, "collection_not_found"),
    (QuestionError, 400, "unusable_text"),
    (UnusableName, 400, "unusable_name"),
    (LibraryError, 503, "library_unavailable"),
    (ModelError, 503, "model_unavailable"),
    (SettingsError, 500, "settings"),
    (FootnoteError, 400, "unusable"),
)


class Fault(Exception):
    """A request that is refused: the status, and what its sender is told."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = dict(headers or {})

    def as_json(self) -> dict[str, Any]:
        """Return OpenAI's form of an error."""
        kind = KINDS.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        told = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": told}

    def response(self) -> Response:
        """Return it as a response."""
        return Json(self.as_json(), self.status, headers=self.headers)


class Json(JSONResponse):
    """JSON in UTF-8; half a surrogate pair stays the escape that it came as."""

    def render(self, content: Any) -> bytes:
        """Return the bytes."""
        return encoded(content)


def encoded(content: Any) -> bytes:
    """Return a value as JSON on one line."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def fault_of(error: Exception) -> Fault:
    """Return what a program is told of an error; what should not have happened goes to the log."""
    match error:
        case Fault():
            return error
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return Fault(error.status_code, str(error.detail), f"http_{error.status_code}")
        case FootnoteError():
            status, code = next((s, c) for kind, s, c in STATUS if isinstance(error, kind))
            return Fault(status, str(error), code)
        case MultiPartException() | ClientDisconnect():  # the guard, which gave a body up, answers by itself
            return Fault(400, "The body is no form, or did not come to its end.", "bad_form")
        case _:
            log.error("a request failed", exc_info=error)
            told = f"Something went wrong that should not have. The log has it under {request_id.get()}."
            return Fault(500, told, "internal_error")


def _invalid(error: RequestValidationError) -> Fault:
    """Tell of the first thing that is wrong with a request, by the name that its sender gave it."""
    first = error.errors()[0]
    place = ".".join(str(p) for p in first["loc"] if p not in ("body", "query", "path"))
    if first["type"] == "json_invalid":
        return Fault(400, "The body is not JSON.", "not_json")
    if first["type"] == "model_attributes_type" and not place:
        return Fault(400, "The body must be a JSON object, sent as application/json.", "not_json")
    told = mistake(f"“{place}”" if place else "The body", first)
    return Fault(400, f"{told}.", first["type"], param=place or None)


class Route(APIRoute):
    """A route whose errors have OpenAI's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - told in OpenAI's form, and logged if it is a bug
                return fault_of(error).response()

        return handled
