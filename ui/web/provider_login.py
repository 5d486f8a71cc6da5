"""The two requests of a browser that logs in at a provider: it is sent there, and it comes back.

What was begun travels in a cookie that only this server can write, so that any of several servers may be the
one that the browser comes back to, and none keeps anything for who never does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from footnote.ingest.errors import LibraryError
from footnote.ui.web.oidc import Begun, LoginFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from footnote.ingest.library.accounts import Vouched
    from footnote.ingest.library.library import AccountRecord
    from footnote.ui.web.oidc import Provider

TEN_MINUTES = 600  # for whoever has to find a second factor
ERROR = re.compile(r"[a-z_]{1,40}")  # of RFC 6749; what else stands there is not ours to repeat
STALE = "This login was not begun in this browser, or longer than ten minutes ago. Begin again."


class ProviderLogin:
    """Logs people in at a provider.

    `admit` returns the account of who it names; `root_path` is where a proxy shows the page.
    """

    def __init__(
        self,
        provider: Provider,
        admit: Callable[[Vouched], AccountRecord],
        note: Callable[[str, str, str], None],
        secret: bytes,
        root_path: str = "",
    ) -> None:
        self.provider, self.admit, self.note = provider, admit, note
        self.key = hashlib.sha256(secret + b"begun").digest()
        self.root_path = root_path.rstrip("/")

    @property
    def name(self) -> str:
        """What the provider is called on the page."""
        return self.provider.name

    async def begin(self, scope: Scope, goal: str) -> tuple[str, str]:
        """Return where to send the browser, and what its cookie holds meanwhile.

        Raises:
            LoginFailed: If the provider does not answer.
        """
        begun = Begun.anew(goal)
        return await self.provider.address(begun, self._back(scope)), self._packed(begun)

    async def finish(self, scope: Scope, cookie: str) -> tuple[AccountRecord, str]:
        """Return the account of who comes back, and where they wanted to go.

        Raises:
            LoginFailed: If it is nobody who may come in; it is noted who that was.
        """
        name = ""
        try:
            begun, code = self._returned(scope, cookie)
            whom = await self.provider.whom(begun, code, self._back(scope))
            name = whom.name
            account = await asyncio.to_thread(self._admitted, whom)
        except LoginFailed as failed:
            await asyncio.to_thread(self.note, name, "refused", f"{self.name}: {failed.why}"[:300])
            raise
        await asyncio.to_thread(self.note, account.name, "login", f"at {self.name}")
        return account, begun.goal

    def _admitted(self, whom: Vouched) -> AccountRecord:
        try:
            return self.admit(whom)
        except LibraryError as error:
            raise LoginFailed(str(error), str(error)) from error

    def _returned(self, scope: Scope, cookie: str) -> tuple[Begun, str]:
        """Return the login that a browser brings back, and the code that it was given for it."""
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20)
        said = {name: values[0] for name, values in asked.items() if len(values) == 1}
        begun = self._unpacked(cookie)
        if begun is None or not hmac.compare_digest(begun.state.encode(), said.get("state", "").encode()):
            raise LoginFailed(STALE, "the state is not of a login that this browser began")
        if said.get("iss", self.provider.issuer).rstrip("/") != self.provider.issuer.rstrip("/"):
            raise LoginFailed(STALE, "another provider sent it back")
        if "code" not in said:
            why = error if ERROR.fullmatch(error := said.get("error", "")) else "no reason given"
            raise LoginFailed(f"{self.name} did not log you in ({why}).", why)
        return begun, said["code"]

    def _back(self, scope: Scope) -> str:
        """Return the address that the provider sends browsers back to, as they see it."""
        headers = dict(scope["headers"])
        scheme = headers.get(b"x-forwarded-proto", str(scope.get("scheme", "http")).encode()).decode()
        return f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}{self.root_path}/login/return"

    def _packed(self, begun: Begun) -> str:
        told = json.dumps({**asdict(begun), "until": int(time.time()) + TEN_MINUTES}).encode()
        body = base64.urlsafe_b64encode(told).decode()
        return f"{body}.{self._mark(body)}"

    def _unpacked(self, cookie: str) -> Begun | None:
        body, _, mark = cookie.rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(body).encode()):
            return None
        told = json.loads(base64.urlsafe_b64decode(body))
        return Begun(**told) if told.pop("until") > time.time() else None

    def _mark(self, body: str) -> str:
        return hmac.new(self.key, body.encode(), "sha256").hexdigest()
