"""What went wrong with a model's server, in one sentence that says what to do.

What the server itself says is never shown or logged: it may repeat the key, or an article's text.
"""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass

from footnote.rag.errors import ModelError

# httpx's and the system's names for a connection that was there and went away.
CUT = {"RemoteProtocolError", "ReadError", "WriteError", "ConnectionResetError"}
UNREADABLE_WAIT = 1.0  # seconds, when a server names a date to wait for

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """A model's server as messages name it: the model, host and port, and where its key comes from."""

    model: str
    place: str
    key_name: str
    own: bool = False  # the process that Footnote started for a model file


def explain(error: Exception, server: Server) -> ModelError:
    """Return what went wrong in one sentence, and whether asking again may help."""
    log.info("%s failed: %s, status %s", server.model, type(error).__name__, _status(error))
    where = f"The model at {server.place}"
    status = _status(error)
    if status is not None and _overflowed(error):
        return ModelError(
            f"{where} takes fewer words at once than it was sent. Lower FOOTNOTE_MODEL_WINDOW or "
            "FOOTNOTE_PASSAGES."
        )
    if status is not None:
        return _explain_status(error, status, where, server)
    if server.own and any("Connect" in type(c).__name__ or type(c).__name__ in CUT for c in _causes(error)):
        return ModelError(
            "The model’s process on this computer ended, perhaps for lack of memory. Ask again."
        )
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return ModelError(
                f"{where} could not be reached: no server goes by that name. Check FOOTNOTE_BASE_URL "
                "and the network."
            )
    return _explain_kind(error, where)


def _explain_status(error: Exception, status: int, where: str, server: Server) -> ModelError:
    if status in (401, 403):
        return ModelError(f"{where} refused the key ({status}). Check {server.key_name}.")
    if status == 404:
        return ModelError(
            f"{where} does not know the model “{server.model}” (404). Check FOOTNOTE_MODEL and "
            "FOOTNOTE_BASE_URL, which often ends in /v1."
        )
    if status == 429:
        return ModelError(f"{where} is busy or its quota is used up (429). Ask again later.", _asked(error))
    if 300 <= status < 400:
        return ModelError(f"{where} sends to another address ({status}). Check FOOTNOTE_BASE_URL.")
    if status >= 500:
        return ModelError(f"{where} has trouble of its own ({status}). Ask again later.", _asked(error))
    return ModelError(f"{where} did not accept the request ({status}). Check FOOTNOTE_MODEL.")


def _explain_kind(error: Exception, where: str) -> ModelError:
    names = {type(c).__name__ for c in _causes(error)}
    if _overflowed(error):
        return ModelError(f"{where} takes fewer words at once than it was sent. Lower FOOTNOTE_MODEL_WINDOW.")
    if names & {"DecodingError", "UnicodeDecodeError"}:
        return ModelError(f"{where} sent something that cannot be read. Check FOOTNOTE_BASE_URL.")
    if any("Timeout" in n for n in names):
        return ModelError(f"{where} did not answer in time. Ask again, or raise FOOTNOTE_MODEL_FIRST.")
    if any("Connect" in n or "Protocol" in n or "ReadError" in n or "WriteError" in n for n in names):
        reached = "closed the connection" if names & CUT else "could not be reached"
        return ModelError(f"{where} {reached}. Is it running? Check FOOTNOTE_BASE_URL.", 0.0)
    if names & {"APIError"}:
        return ModelError(f"{where} reported an error in the middle of its answer. Ask again later.")
    if isinstance(error, (ValueError, TypeError, KeyError, AttributeError, IndexError)):
        return ModelError(
            f"{where} sent something that is no chat answer. Check FOOTNOTE_BASE_URL, which "
            "often ends in /v1."
        )
    return ModelError(f"{where} failed. Ask again later.")


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and what it came from."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _status(error: Exception) -> int | None:
    for thing in (error, getattr(error, "response", None)):
        status = getattr(thing, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _overflowed(error: Exception) -> bool:
    """Tell whether the prompt was too long, however the server says so."""
    if any("ContextOverflow" in type(c).__name__ for c in _causes(error)) or _status(error) == 413:
        return True
    said = f"{error} {getattr(error, 'body', '')}".lower()
    return "context" in said and any(w in said for w in ("length", "exceed", "too long", "maximum", "size"))


def _asked(error: Exception) -> float:
    """Return the seconds that the server asks to wait; 0 when it asks for none."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", 0)))
    except (TypeError, ValueError):
        return UNREADABLE_WAIT
