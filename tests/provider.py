"""A provider of logins on loopback: OpenID Connect with PKCE, signed tokens and codes that are taken once.

It speaks real HTTP. What it says wrongly on purpose is set by the fields of `Provider`; nobody is asked for a
password, since whoever comes is `person`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - Starlette looks at the annotation
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "footnote", "a secret of two"


@dataclass
class Provider:
    """What it knows, what it says wrongly, and what was asked of it."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "1", "preferred_username": "anna"})
    told_besides: dict[str, Any] = field(default_factory=dict)  # by userinfo alone
    wrong: dict[str, Any] = field(default_factory=dict)  # claims of the ID token
    signed: str = "RS256"
    says: dict[str, Any] = field(default_factory=dict)  # of itself, by discovery
    down: bool = False
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turn_keys()

    def turn_keys(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def discovery(self, _request: Request) -> Response:
        """Say who it is."""
        return JSONResponse({
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.says,
        })  # fmt: skip

    def keys(self, _request: Request) -> Response:
        """Tell its public keys."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        """Give whoever comes a code, and send them back."""
        asked = dict(request.query_params)
        if asked.get("response_type") != "code" or asked.get("client_id") != CLIENT:
            return PlainTextResponse("unknown client", 400)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        sent = urlencode({"code": code, "state": asked["state"], "iss": self.address})
        return RedirectResponse(f"{asked['redirect_uri']}?{sent}", 302)

    async def token(self, request: Request) -> Response:
        """Take a code, once, from who can show the verifier and the secret."""
        form = await request.form()
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        begun = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = _base64(digest)
        if (
            begun is None
            or begun["code_challenge"] != challenge
            or begun["redirect_uri"] != form["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        self._tokens[access] = {**self.person, **self.told_besides}
        told = {"access_token": access, "token_type": "Bearer", "expires_in": 60}
        return JSONResponse({**told, "id_token": self.id_token(begun["nonce"])})

    def id_token(self, nonce: str) -> str:
        """Say who it was, signed."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
        }
        claims = {name: value for name, value in {**claims, **self.wrong}.items() if value is not None}
        head = {"alg": self.signed, "kid": self.key.kid}
        if self.signed in ("HS256", "none"):  # no library makes these
            said = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
            public = self.key.as_pem(private=False)  # taken for a secret
            mark = hmac.digest(public, said.encode(), "sha256") if self.signed == "HS256" else b""
            return f"{said}.{_base64(mark)}"
        if self.signed == "stranger":
            stranger = RSAKey.generate_key(2048, {"kid": self.key.kid})
            return jwt.encode({**head, "alg": "RS256"}, claims, stranger)
        return jwt.encode(head, claims, self.key)

    def userinfo(self, request: Request) -> Response:
        """Tell more of who it was."""
        person = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(person) if person else JSONResponse({"error": "invalid_token"}, 401)

    def app(self) -> Starlette:
        """Return all of it."""

        def routed(path: str, answer: Any, *methods: str) -> Route:
            async def counted(request: Request) -> Response:
                self.asked.append(path)
                if self.down:
                    return PlainTextResponse("<html>Bad gateway</html>", 502)
                answered = answer(request)
                return answered if isinstance(answered, Response) else await answered

            return Route(path, counted, methods=list(methods or ("GET",)))

        return Starlette(routes=[
            routed("/.well-known/openid-configuration", self.discovery),
            routed("/keys", self.keys),
            routed("/authorize", self.authorize),
            routed("/token", self.token, "POST"),
            routed("/userinfo", self.userinfo),
        ])  # fmt: skip


def _base64(given: bytes) -> str:
    return base64.urlsafe_b64encode(given).decode().rstrip("=")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a free port of loopback, and lend its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http="h11", log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextmanager
def started() -> Iterator[Provider]:
    """Lend a provider."""
    provider = Provider()
    with serving(provider.app()) as address:
        provider.address = address
        yield provider
