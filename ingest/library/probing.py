"""Whether a Chroma server may be trusted with a part of the index: what `footnote doctor` asks it.

`chroma run` knows no passwords: whoever reaches it may read, change and delete. So it belongs on this
computer alone, or behind a proxy that asks for a key. The server in Python runs strangers' code
(CVE-2026-45829 and CVE-2026-45833) and belongs nowhere.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

IN_RUST = "chroma-frontend"  # what the server of `chroma run` calls itself
ANSWERED_IN = 5.0  # seconds


def faults(address: str, key: str) -> list[str]:
    """Return what is wrong with a server, a sentence each."""
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(base_url=address, timeout=ANSWERED_IN) as client:
            answer = client.get("/api/v2/heartbeat", headers=headers)
            if answer.status_code in (401, 403):
                return ["it asks for another key than FOOTNOTE_INDEX_KEY"]
            if not answer.is_success or "nanosecond heartbeat" not in answer.text:
                return [f"what answers is no Chroma server (status {answer.status_code})"]
            return [*_open_to_others(client, address, key), *_in_python(client, headers, answer)]
    except httpx.HTTPError as error:
        return [f"it does not answer ({error or type(error).__name__})"]


def _open_to_others(client: httpx.Client, address: str, key: str) -> list[str]:
    if key and client.get("/api/v2/heartbeat").is_success:
        return [
            "it answers without the key: its proxy must ask for it, or it can be reached beside its proxy"
        ]
    if not key and not _is_here(address):
        return ["it answers anybody who reaches it: put a proxy that asks for a key before it"]
    return []


def _in_python(client: httpx.Client, headers: dict[str, str], answer: httpx.Response) -> list[str]:
    told = client.get("/openapi.json", headers=headers)
    if told.is_success and told.headers.get("content-type", "").startswith("application/json"):
        python = told.json().get("info", {}).get("title") != IN_RUST
    else:
        python = "uvicorn" in answer.headers.get("server", "")
    if python:
        return ["it is not the server of `chroma run`: Chroma’s server in Python runs code of strangers"]
    return []


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
