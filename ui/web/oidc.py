"""What a provider of logins is asked, by OpenID Connect Core 1.0. The one home of authlib.

The authorization code flow with PKCE (RFC 7636), state and nonce. Of what the provider says no more counts
than an ID token that was signed, with a key that it publishes, for this server and this login.

It needs the extra `footnote[oidc]`. Nothing is asked before somebody wants to log in.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from footnote.ingest.errors import LibraryError
from footnote.ingest.library.accounts import Vouched, account_name
from footnote.ingest.library.record.values import PROVIDED
from footnote.rag.errors import SettingsError
from footnote.rag.settings import is_secure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footnote.rag.settings import Settings

log = logging.getLogger("footnote.ui")

WELL_KNOWN = "/.well-known/openid-configuration"
# Signatures that only the provider can make. With HS256 the key would be the secret that is ours too.
SIGNED_BY = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split()
PATIENCE = 10.0  # seconds for each of its answers
LONGEST = 2**20  # bytes of one
KEPT = 3_600.0  # seconds for which what it says of itself is believed without asking again
SKEW = 60  # seconds by which its clock may differ
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class LoginFailed(Exception):
    """A login that came to nothing: what the person is told, and why, for the log."""

    def __init__(self, told: str, why: str, status: int = 403) -> None:
        super().__init__(told)
        self.told, self.why, self.status = told, why, status


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was begun: what the browser brings back, and where it wanted to go."""

    state: str
    nonce: str
    verifier: str
    goal: str = ""

    @classmethod
    def anew(cls, goal: str) -> Begun:
        """Return one that nobody can guess."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), goal)


class Provider:
    """A provider, as the settings name it.

    Raises:
        SettingsError: If authlib is not installed.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        try:
            import authlib  # noqa: F401 - that it is there
        except ModuleNotFoundError as error:
            raise SettingsError(
                "Login at a provider needs the extra: pip install 'footnote[oidc]'."
            ) from error
        self.settings, self.now = settings, now
        self.issuer = settings.oidc_issuer.strip().removesuffix(WELL_KNOWN)
        self.name = urlsplit(self.issuer).hostname or ""
        self._said: tuple[float, dict[str, Any], dict[str, Any]] | None = None  # when, of itself, its keys

    async def address(self, begun: Begun, back: str) -> str:
        """Return where a browser logs in and is sent `back` from.

        Raises:
            LoginFailed: If the provider does not say.
        """
        said, _ = await self._discovered()
        async with self._client(back) as client:
            url, _ = client.create_authorization_url(
                said["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(url)

    async def whom(self, begun: Begun, code: str, back: str) -> Vouched:
        """Return whom the provider means by a code, which it takes once.

        Raises:
            LoginFailed: If it means nobody, or what it says cannot be believed.
        """
        said, _ = await self._discovered()
        try:
            async with asyncio.timeout(3 * PATIENCE), self._client(back, said) as client:
                token = await client.fetch_token(
                    said["token_endpoint"], code=code, code_verifier=begun.verifier, redirect_uri=back
                )
                claims = await self._claims(token, begun.nonce)
                if any(name and name not in claims for name in (*self._named, self._sign)):
                    claims = {**await self._more(client, said, claims["sub"]), **claims}
        except LoginFailed:
            raise
        except Exception as error:
            raise self._failed(error) from error
        return self._vouched(claims)

    @property
    def _named(self) -> tuple[str, str]:
        return self.settings.oidc_name, self.settings.oidc_groups

    @property
    def _sign(self) -> str:
        """The claim without which the name counts for nothing."""
        return "email_verified" if self.settings.oidc_name == "email" else ""

    def _client(self, back: str = "", said: Mapping[str, Any] | None = None) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        secret = self.settings.oidc_secret
        offered = (said or {}).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return AsyncOAuth2Client(
            self.settings.oidc_client,
            secret or None,
            token_endpoint_auth_method=by if secret else "none",
            scope=self.settings.oidc_scope,
            redirect_uri=back or None,
            code_challenge_method="S256",
            leeway=0,  # a token that is for a minute is one
            timeout=PATIENCE,
            follow_redirects=False,
        )

    async def _discovered(self, *, anew: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the provider says of itself, and its keys.

        Raises:
            LoginFailed: If it does not answer, or not as a provider does.
        """
        if self._said is not None and not anew and self.now() - self._said[0] < KEPT:
            return self._said[1:]
        try:
            async with asyncio.timeout(2 * PATIENCE), self._client() as client:
                said = await _json(client, self.issuer.rstrip("/") + WELL_KNOWN)
                if str(said.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                    raise ValueError(f"it calls itself {str(said.get('issuer'))[:200]!r}")
                for name in ENDPOINTS:
                    if not is_secure(str(said.get(name, ""))):
                        raise ValueError(f"its {name} is no address of https")
                keys = await _json(client, said["jwks_uri"])
        except Exception as error:
            raise self._failed(error) from error
        self._said = self.now(), said, keys
        return said, keys

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return what an ID token says, once it is known to be of the provider, for us, and of this login."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet, KeySetSerialization

        def read_with(keys: dict[str, Any]) -> jwt.Token:
            known = KeySet.import_key_set(cast(KeySetSerialization, keys))
            return jwt.decode(token["id_token"], known, algorithms=SIGNED_BY)

        said, keys = await self._discovered()
        try:
            read = read_with(keys)
        except InvalidKeyIdError:  # a key that is newer than what we know
            said, keys = await self._discovered(anew=True)
            read = read_with(keys)
        us = self.settings.oidc_client
        must = {
            "iss": {"essential": True, "value": said["issuer"]},
            "aud": {"essential": True, "value": us},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        told = {"nonce": nonce, "client_id": us, "access_token": token.get("access_token")}
        claims = CodeIDToken(read.claims, read.header, must, told)
        claims.validate(int(self.now()), leeway=SKEW)
        return dict(claims)

    async def _more(self, client: Any, said: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Return what the provider tells of this person besides, where it has a place for that."""
        where = str(said.get("userinfo_endpoint", ""))
        if not where or not is_secure(where):
            return {}
        found = await _json(client, where, withhold_token=False)
        if found.get("sub") != subject:
            raise ValueError("userinfo is of somebody else")
        return found

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        """Return the account that is meant, which may be none that is here.

        Raises:
            LoginFailed: If the name is no name of an account, or an address that was not verified.
        """
        claim, groups = self._named
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip():
            told = f"{self.name} does not tell your name here. An admin can mend that."
            raise LoginFailed(told, f"there is no claim {claim!r}")
        if self._sign and claims.get(self._sign) is not True:
            told = f"{self.name} has not verified your address, so it opens nothing here."
            raise LoginFailed(told, "email_verified is not true")
        try:
            account = account_name(name)
        except LibraryError as error:
            raise LoginFailed(str(error), "the name is none of an account") from error
        whose = json.dumps([self.issuer.rstrip("/"), claims["sub"]]).encode()
        proof = PROVIDED + hashlib.sha256(whose).hexdigest()
        return Vouched(account, proof, _groups(claims.get(groups)) if groups else None)

    def _failed(self, error: Exception) -> LoginFailed:
        """Return what a person is told of an error: that nobody answered, or that it was not believed."""
        import httpx2

        why = f"{type(error).__name__}: {error}"[:300]
        log.warning("a login at %s failed: %s", self.name, why)
        away = isinstance(error, httpx2.TransportError | TimeoutError | OSError)
        if away or (isinstance(error, httpx2.HTTPStatusError) and error.response.status_code >= 500):
            told = f"{self.name} does not answer just now. Try again in a minute."
            return LoginFailed(told, why, 503)
        told = f"What {self.name} said could not be believed, so you are not logged in. Begin again."
        return LoginFailed(told, why)


async def _json(client: Any, address: str, *, withhold_token: bool = True) -> dict[str, Any]:
    """Return the object at an address of the provider's."""
    async with client.stream("GET", address, withhold_token=withhold_token) as answer:
        answer.raise_for_status()
        body = b""
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > LONGEST:
                raise ValueError("an answer is too long")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError("an answer is no object")
    return found


def _groups(told: object) -> tuple[str, ...]:
    """Return groups as they are named here; Keycloak's begin with a slash.

    >>> _groups(["/Board", "staff", 7]), _groups("board"), _groups(None)
    (('board', 'staff'), ('board',), ())
    """
    given = told if isinstance(told, list) else [told]
    return tuple(one.strip().removeprefix("/").casefold() for one in given if isinstance(one, str))
