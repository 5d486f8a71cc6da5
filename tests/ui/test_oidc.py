"""Login at a provider, from a browser's first click to its visit, and what must not come in that way."""

from __future__ import annotations

import time
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request  # noqa: TC002 - Starlette looks at the annotation
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from footnote import Settings
from footnote.ingest.library.library import AccountChange
from footnote.rag.errors import SettingsError
from footnote.ui.state.passwords import hashed
from footnote.ui.web.access import AccessMiddleware, account_of
from footnote.ui.web.cookies import Cookie
from footnote.ui.web.guard import Entrance, Guard
from footnote.ui.web.oidc import Provider as Asked
from footnote.ui.web.provider_login import ProviderLogin
from tests import provider as providers
from tests.attack.readers import World
from tests.provider import CLIENT, SECRET, Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.library.change_account(AccountChange("add", "anna", "editor"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with providers.started() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """A provider that says nothing wrong yet."""
    fresh = Provider()
    for name in ("person", "told_besides", "wrong", "signed", "says", "down", "asked"):
        setattr(running, name, getattr(fresh, name))
    return running


class Site:
    """The page's doors over a library, on loopback, with a browser's cookies."""

    def __init__(self, world: World, provider: Provider, root_path: str = "", **given) -> None:
        self.world, self.provider = world, provider
        chosen = {"oidc_issuer": provider.address, "oidc_client": CLIENT, "oidc_secret": SECRET, **given}
        self.settings = Settings(home=world.library.home, **chosen)
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

        async def whose(request: Request) -> PlainTextResponse:
            return PlainTextResponse(account_of(request))

        self.app.router.routes.append(Route("/who", whose))
        self.app.router.routes.append(Route("/", whose))
        library, secret = world.library, b"s" * 32

        def admit(whom):
            return library.admit(whom, newcomers=self.settings.oidc_newcomers)

        login = ProviderLogin(Asked(self.settings), admit, library.note, secret, root_path)
        self.app.add_middleware(
            AccessMiddleware,
            password="",
            secret=secret,
            accounts=library.accounts,
            note=library.note,
            elsewhere=login,
        )
        self.app.add_middleware(Guard, entrance=Entrance())

    def log_in(self, browser: httpx.Client) -> httpx.Response:
        """Go through the whole of it, and return what comes last."""
        return browser.get("/login/provider", follow_redirects=True)

    def noted(self) -> tuple[str, str, str]:
        """Return what was noted last."""
        (one,) = self.world.library.audited(1)
        return one.account, one.act, one.what


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def open_site(world: World, provider: Provider, stack: ExitStack):
    """Serve the doors, and lend a browser that is there."""

    def opened(root_path: str = "", **given) -> tuple[Site, httpx.Client]:
        site = Site(world, provider, root_path, **given)
        address = stack.enter_context(providers.serving(site.app))
        return site, stack.enter_context(httpx.Client(base_url=address))

    return opened


@pytest.fixture
def another(stack: ExitStack):
    """Lend the browser of somebody else at the same site."""
    return lambda browser: stack.enter_context(httpx.Client(base_url=browser.base_url))


def back_from(browser: httpx.Client) -> str:
    """Go to the provider, and return the address that it sends the browser back to, without going there."""
    there = browser.get("/login/provider").headers["location"]
    return httpx.get(there).headers["location"]


# Who comes in


def test_who_the_provider_names_comes_in_and_the_log_says_so(open_site) -> None:
    site, browser = open_site()
    assert browser.get("/who").status_code == 401
    page = browser.get("/login").text
    assert "Log in at 127.0.0.1" in page
    assert 'name="password"' not in page  # nobody here has one
    last = site.log_in(browser)
    assert (last.status_code, last.text, last.url.path) == (200, "anna", "/")
    assert browser.get("/who").text == "anna"
    assert site.noted() == ("anna", "login", "at 127.0.0.1")
    assert browser.cookies.get(Cookie.BEGUN) is None
    assert browser.post("/logout").status_code == 303
    assert browser.get("/who").status_code == 401


def test_a_cookie_of_a_visit_is_as_after_a_password(open_site) -> None:
    _, browser = open_site()
    told = browser.get(back_from(browser))
    visit = next(c for c in told.headers.get_list("set-cookie") if c.startswith(Cookie.KEY))
    assert all(word in visit for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    begun = browser.get("/login/provider").headers["set-cookie"]
    assert all(word in begun for word in ("HttpOnly", "SameSite=Lax", "Max-Age=600"))


def test_nothing_is_asked_of_the_provider_before_somebody_wants_to_log_in(
    open_site, provider: Provider
) -> None:
    _, browser = open_site()
    browser.get("/login")
    browser.get("/who")
    assert provider.asked == []


def test_behind_a_proxy_the_way_back_is_as_browsers_see_it(open_site) -> None:
    _, browser = open_site("/notes/")
    told = browser.get("/login/provider", headers={"Host": "notes.example", "X-Forwarded-Proto": "https"})
    asked = parse_qs(urlsplit(told.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://notes.example/notes/login/return"]
    assert "; Secure" in told.headers["set-cookie"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["scope"] == ["openid profile email"]


def test_a_login_leads_to_a_page_of_ours_and_nowhere_else(open_site) -> None:
    _, browser = open_site()
    ours = "shared/abcdefghijklmnopqrstuvwx"
    for wished, led in (
        (ours, ours),
        ("//evil.example/", ""),
        ("https://evil.example", ""),
        ("/\\evil.example", ""),
        ("shared/../../evil", ""),
        (f"{ours}\n", ""),
        (f"{ours}@evil.example", ""),
        ("javascript:alert(1)", ""),
    ):
        page = browser.get("/login", params={"next": wished}).text
        assert ("evil" in page, "javascript" in page) == (False, False)
        to = browser.get("/login/provider", params={"next": wished}).headers["location"]
        done = browser.get(httpx.get(to).headers["location"])
        assert (done.status_code, done.headers["location"]) == (303, f"../{led}")


def test_a_claim_that_only_userinfo_tells_is_asked_for_there(open_site, another, provider: Provider) -> None:
    provider.person = {"sub": "1"}
    provider.told_besides = {"preferred_username": "anna", "groups": ["/board"]}
    site, browser = open_site(oidc_groups="groups")
    assert site.log_in(browser).text == "anna"
    assert site.world.library.accounts()["anna"].groups == ("board",)
    provider.told_besides = {"sub": "2", "preferred_username": "anna"}
    assert "could not be believed" in site.log_in(another(browser)).text


def test_keys_that_the_provider_changed_are_fetched_again(open_site, another, provider: Provider) -> None:
    site, browser = open_site()
    assert site.log_in(browser).text == "anna"
    provider.turn_keys()
    assert site.log_in(another(browser)).text == "anna"


# Whose account it is


def test_who_is_unknown_is_refused_or_becomes_a_reader_as_is_set(open_site, provider: Provider) -> None:
    provider.person = {"sub": "9", "preferred_username": "Newcomer", "groups": ["group0", "No group!"]}
    site, browser = open_site(oidc_groups="groups")
    told = site.log_in(browser)
    assert (told.status_code, "There is no account “newcomer” here." in told.text) == (403, True)
    assert site.noted()[:2] == ("newcomer", "refused")
    site, browser = open_site(oidc_groups="groups", oidc_newcomers=True)
    assert site.log_in(browser).text == "newcomer"
    made = site.world.library.accounts()["newcomer"]
    assert (made.role, made.groups, made.login) == ("reader", ("group0",), "provider")


def test_nobody_becomes_the_first_account_by_logging_in(open_site, world: World, provider: Provider) -> None:
    for name in [n for n in world.library.accounts() if n != "root"]:
        world.library.change_account(AccountChange("remove", name))
    world.library.change_account(AccountChange("remove", "root"))
    site, browser = open_site(oidc_newcomers=True)
    assert "There is no account" in site.log_in(browser).text
    assert browser.get("/who").status_code == 401
    assert browser.post("/login", data={"password": ""}).status_code == 403
    assert browser.get("/who").status_code == 401


def test_a_local_account_with_a_password_is_not_taken_over(open_site, world: World) -> None:
    world.library.change_account(AccountChange("password", "anna", password=hashed(PASSWORD)))
    site, browser = open_site(oidc_newcomers=True)
    told = site.log_in(browser)
    assert (told.status_code, "belongs to who knows its password" in told.text) == (403, True)
    assert browser.get("/who").status_code == 401
    assert browser.post("/login", data={"account": "anna", "password": PASSWORD}).status_code == 303
    assert browser.get("/who").text == "anna"


def test_another_person_whom_the_provider_gives_the_same_name_is_refused(
    open_site, another, provider: Provider
) -> None:
    site, browser = open_site()
    site.log_in(browser)
    provider.person = {"sub": "2", "preferred_username": "ANNA"}
    told = site.log_in(another(browser))
    assert (told.status_code, "belongs to somebody else at the provider" in told.text) == (403, True)
    assert browser.get("/who").text == "anna"
    site.world.library.change_account(AccountChange("password", "anna"))  # an admin gives it away
    assert browser.get("/who").status_code == 401
    assert site.log_in(another(browser)).text == "anna"


@pytest.mark.parametrize(
    "name", ["a/b", "", " ", "Анна<script>", "x" * 81, "-root", "root\u200b", 7, None, ["root"]]
)
def test_a_name_that_is_none_of_an_account_opens_nothing(open_site, provider: Provider, name) -> None:
    provider.person = {"sub": "3", "preferred_username": name}
    site, browser = open_site(oidc_newcomers=True)
    before = set(site.world.library.accounts())
    told = site.log_in(browser)
    assert told.status_code == 403
    assert "<script>" not in told.text
    assert set(site.world.library.accounts()) == before


def test_who_is_called_otherwise_at_the_provider_keeps_the_account(
    open_site, another, provider: Provider
) -> None:
    site, browser = open_site(oidc_newcomers=True)
    site.log_in(browser)
    provider.person["preferred_username"] = "anna.married"
    assert site.log_in(another(browser)).text == "anna"
    provider.person["preferred_username"] = "root"
    assert site.log_in(another(browser)).text == "anna"
    assert "anna.married" not in site.world.library.accounts()


def test_a_name_in_other_letters_is_an_account(open_site, provider: Provider) -> None:
    provider.person = {"sub": "3", "preferred_username": "Ænna.Ößterreich@example.org"}
    site, browser = open_site(oidc_newcomers=True)
    assert site.log_in(browser).text == "ænna.össterreich@example.org"


def test_an_address_counts_as_a_name_only_when_it_was_verified(open_site, provider: Provider) -> None:
    site, browser = open_site(oidc_name="email", oidc_newcomers=True)
    for verified in (False, None, "true"):
        provider.person = {"sub": "1", "email": "anna@example.org", "email_verified": verified}
        assert "has not verified your address" in site.log_in(browser).text
    provider.person["email_verified"] = True
    assert site.log_in(browser).text == "anna@example.org"


def test_a_group_left_at_the_provider_is_lost_at_the_next_login(open_site, provider: Provider) -> None:
    provider.person["groups"] = ["group0", "group1"]
    site, browser = open_site(oidc_groups="groups")
    account = lambda: site.world.library.accounts()["anna"]  # noqa: E731
    site.log_in(browser)
    assert account().groups == ("group0", "group1")
    provider.person["groups"] = ["group1"]
    site.log_in(browser)
    assert (account().groups, account().role) == (("group1",), "editor")
    assert any(
        "groups by provider" in one.act and one.account == "anna" for one in site.world.library.audited(5)
    )
    del provider.person["groups"]
    site.log_in(browser)
    assert account().groups == ()


def test_a_provider_that_is_not_asked_for_groups_does_not_change_them(open_site, world: World) -> None:
    world.library.change_account(AccountChange("groups", "anna", groups=("group2",)))
    site, browser = open_site()
    site.log_in(browser)
    assert world.library.accounts()["anna"].groups == ("group2",)


# What must not come in


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("wrong", {"iss": "https://evil.example"}),
        ("wrong", {"iss": None}),
        ("wrong", {"aud": "another client"}),
        ("wrong", {"aud": "another client", "azp": CLIENT}),
        ("wrong", {"aud": None}),
        ("wrong", {"aud": ["footnote", "another"]}),
        ("wrong", {"azp": "another"}),
        ("wrong", {"nonce": "of another login"}),
        ("wrong", {"nonce": None}),
        ("wrong", {"exp": 1_000_000_000}),
        ("wrong", {"exp": None}),
        ("wrong", {"iat": 9_000_000_000}),
        ("wrong", {"sub": None}),
        ("wrong", {"sub": ""}),
        ("wrong", {"at_hash": "AAAA"}),
        ("signed", "none"),
        ("signed", "HS256"),
        ("signed", "stranger"),
    ],
)
def test_a_token_that_is_not_the_providers_for_us_and_now_lets_nobody_in(
    open_site, provider: Provider, what, value
) -> None:
    site, browser = open_site()
    setattr(provider, what, value)
    told = site.log_in(browser)
    assert (told.status_code, "could not be believed" in told.text) == (403, True)
    assert browser.get("/who").status_code == 401
    assert site.noted()[:2] == ("", "refused")
    assert site.world.library.accounts()["anna"].password == ""


def test_a_return_that_this_browser_did_not_begin_is_refused(open_site, another) -> None:
    """Else somebody could have another logged in as themselves, and read what is asked then."""
    _, browser = open_site()
    theirs = back_from(another(browser))
    mine = back_from(browser)
    for address in (
        theirs,
        mine.replace("state=", "state=x"),
        mine.partition("&state")[0],
        f"{mine}&state=x",
    ):
        told = browser.get(address)
        assert (told.status_code, "not begun in this browser" in told.text) == (403, True)
        browser.get("/login/provider")
    assert browser.get("/who").status_code == 401
    told = [browser.get("/login/return") for _ in range(2)]
    assert [one.status_code for one in told] == [403, 429]  # five are free
    assert "Try again in" in told[1].text


def test_a_code_is_taken_once_also_with_the_cookie_that_was_there(open_site, another) -> None:
    _, browser = open_site()
    address = back_from(browser)
    begun = browser.cookies[Cookie.BEGUN]
    assert browser.get(address).status_code == 303
    again = another(browser)
    again.cookies.set(Cookie.BEGUN, begun)
    assert "could not be believed" in again.get(address).text
    assert again.get("/who").status_code == 401


def test_a_cookie_that_this_server_did_not_write_begins_nothing(open_site) -> None:
    _, browser = open_site()
    address = back_from(browser)
    body, _, mark = browser.cookies[Cookie.BEGUN].rpartition(".")
    for forged in (f"{body}.", f"{body[:-4]}AAAA.{mark}", f".{mark}", "é"):
        head = [(b"cookie", f"{Cookie.BEGUN}={forged}".encode())]
        told = httpx.get(str(browser.base_url.join(urlsplit(address).path)), params=urlsplit(address).query,
                         headers=head)  # fmt: skip
        assert (told.status_code, "not begun in this browser" in told.text) == (403, True)


def test_a_login_that_took_longer_than_ten_minutes_is_begun_again(open_site, monkeypatch) -> None:
    _, browser = open_site()
    address = back_from(browser)
    late = time.time() + 601
    monkeypatch.setattr("footnote.ui.web.provider_login.time", SimpleNamespace(time=lambda: late))
    told = browser.get(address)
    assert (told.status_code, "longer than ten minutes ago" in told.text) == (403, True)


def test_a_login_that_the_provider_refused_says_so_and_repeats_no_words_of_others(open_site) -> None:
    _, browser = open_site()
    state = parse_qs(urlsplit(back_from(browser)).query)["state"][0]
    told = browser.get("/login/return", params={"state": state, "error": "access_denied"})
    assert "127.0.0.1 did not log you in (access_denied)." in told.text
    state = parse_qs(urlsplit(back_from(browser)).query)["state"][0]
    told = browser.get("/login/return", params={"state": state, "error": "Call 0900 now!"})
    assert ("0900" in told.text, told.status_code) == (False, 403)


def test_a_return_from_another_provider_is_refused(open_site, provider: Provider) -> None:
    _, browser = open_site()
    address = back_from(browser).replace("iss=", "iss=https%3A%2F%2Fevil.example%2F")
    assert browser.get(address).status_code == 403
    assert browser.get("/who").status_code == 401


def test_a_provider_that_does_not_answer_is_one_clear_sentence(open_site, provider: Provider, caplog) -> None:
    site, browser = open_site()
    provider.down = True
    told = site.log_in(browser)
    assert (told.status_code, "127.0.0.1 does not answer just now." in told.text) == (503, True)
    assert "Traceback" not in told.text
    provider.down = False
    address = back_from(browser)
    provider.down = True
    told = browser.get(address)
    assert (told.status_code, "does not answer just now" in told.text) == (503, True)
    site, browser = open_site(oidc_issuer="http://127.0.0.1:9")
    assert site.log_in(browser).status_code == 503
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "says",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_what_is_no_provider_is_not_believed(open_site, provider: Provider, says) -> None:
    provider.says = says
    site, browser = open_site()
    told = site.log_in(browser)
    assert (told.status_code, "could not be believed" in told.text) == (403, True)


def test_a_wrong_secret_is_not_told(open_site) -> None:
    site, browser = open_site(oidc_secret="quite wrong")
    told = site.log_in(browser)
    assert (told.status_code, "quite wrong" in told.text) == (403, False)
    assert "quite wrong" not in str(site.settings)


# Settings


def test_what_cannot_be_a_provider_is_told_at_the_start(tmp_path: Path) -> None:
    good = {"FOOTNOTE_OIDC_ISSUER": "https://login.example", "FOOTNOTE_OIDC_CLIENT": "footnote"}
    assert Settings.load(tmp_path, good).oidc_name == "preferred_username"
    for wrong, told in (
        ({"FOOTNOTE_OIDC_ISSUER": "http://login.example"}, "https"),
        ({"FOOTNOTE_OIDC_ISSUER": "https://a:b@login.example"}, "https"),
        ({"FOOTNOTE_OIDC_CLIENT": ""}, "oidc_client"),
        ({"FOOTNOTE_OIDC_SCOPE": "profile"}, "openid"),
    ):
        with pytest.raises(SettingsError, match=told):
            Settings.load(tmp_path, {**good, **wrong})


def test_the_secret_is_in_no_file_of_a_library_and_for_no_provider_that_one_names(tmp_path: Path) -> None:
    file = tmp_path / "footnote.toml"
    file.write_text('oidc_secret = "x"\n')
    with pytest.raises(SettingsError, match="does not belong in"):
        Settings.load(tmp_path, {})
    file.write_text('oidc_issuer = "https://evil.example"\noidc_client = "x"\n')
    assert Settings.load(tmp_path, {"FOOTNOTE_OIDC_SECRET": "ours"}).oidc_secret != "ours"
