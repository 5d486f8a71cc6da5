"""The password: nothing is shown before it, wrong ones are slowed down, and another one ends every visit."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from footnote.ui.web.access import FREE_TRIES, AccessMiddleware, Throttle, _mark
from footnote.ui.web.cookies import Cookie


def client(password: str = "honey & salt", secret: bytes = b"s") -> TestClient:
    async def page(scope, receive, send):
        await PlainTextResponse("the page")(scope, receive, send)

    return TestClient(AccessMiddleware(page, password, secret), follow_redirects=False)


def test_without_a_password_the_page_is_open_and_gives_a_cookie():
    response = client("").get("/")
    assert response.text == "the page"
    assert len(response.cookies[Cookie.READER]) == 32


@pytest.mark.parametrize(
    "path", ["/config", "/export/x.md", "/gradio_api/queue/join", "/login/", "//", "/healthz/x"]
)
def test_nothing_is_shown_before_the_password(path):
    assert client().get(path).status_code in (303, 401)
    assert client().post(path).status_code == 401


def test_the_page_sends_to_the_login_and_the_health_is_told():
    assert client().get("/").headers["location"] == "login"
    assert client().get("/healthz").text == "the page"
    assert "Password" in client().get("/login").text


def test_the_password_opens_the_page_for_this_browser_only():
    visit = client()
    response = visit.post("/login", data={"password": "honey & salt"})
    assert response.status_code == 303
    assert "HttpOnly; SameSite=Lax" in response.headers["set-cookie"]
    assert visit.get("/").text == "the page"
    assert client().get("/").status_code == 303


def test_another_password_or_another_secret_ends_every_visit():
    visit = client()
    visit.post("/login", data={"password": "honey & salt"})
    mark = visit.cookies[Cookie.KEY]
    for changed in (client("another"), client(secret=b"t")):
        changed.cookies.set(Cookie.KEY, mark)
        assert changed.get("/config").status_code == 401


@pytest.mark.parametrize(
    "mark",
    [
        *("", "x", "9999999999.", "9999999999.00", "1.é", ".", "99999999999999999999.aa", '"\\262.x"'),
        *(f"9999999999-{'0' * 16}.{'0' * 64}", f"{'٣' * 10}-{'0' * 16}.x"),
    ],
)
def test_a_forged_mark_opens_nothing(mark):
    response = client().get("/config", headers={"Cookie": f"{Cookie.KEY}={mark}".encode()})
    assert response.status_code == 401


def test_a_mark_that_has_run_out_opens_nothing():
    door, visit = AccessMiddleware(None, "p", b"s"), f"1000000000-{'0' * 16}"
    assert (
        client("p")
        .get("/config", headers={"Cookie": f"{Cookie.KEY}={visit}.{_mark(door.key, visit)}"})
        .status_code
        == 401
    )


def test_wrong_passwords_are_slowed_down_even_before_the_right_one():
    visit = client()
    for _ in range(FREE_TRIES):
        assert visit.post("/login", data={"password": "no"}).status_code == 403
    slowed = visit.post("/login", data={"password": "honey & salt"})
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 5


def test_the_pause_doubles_and_has_an_end():
    clock = [0.0]
    throttle = Throttle(now=lambda: clock[0])
    pauses = []
    assert [throttle.take("a") for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    for _ in range(9):
        pauses.append(throttle.take("a"))
        clock[0] += pauses[-1]
        assert throttle.take("a") == 0
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 600
    throttle.right("a")
    assert [throttle.take("a") > 0 for _ in range(FREE_TRIES + 1)] == [False] * FREE_TRIES + [True]


def test_ten_thousand_tries_are_five():
    throttle = Throttle(now=lambda: 0.0)
    taken = [throttle.take("192.0.2.1") for _ in range(10_000)]
    assert taken.count(0.0) == FREE_TRIES


def test_all_addresses_of_one_network_of_ipv6_are_one_place():
    throttle = Throttle(now=lambda: 0.0)
    taken = [throttle.take(f"2001:db8:0:1::{n:x}") for n in range(100)]
    assert taken.count(0.0) == FREE_TRIES
    assert throttle.take("2001:db8:0:2::1") == 0


def test_a_try_counts_before_its_password_has_come():
    """300 connections that send their heads, then all passwords: five are looked at."""

    async def all_at_once() -> list[int]:
        door = AccessMiddleware(None, "right", b"s")
        here, statuses = asyncio.Event(), []

        async def receive():
            await here.wait()
            return {"type": "http.request", "body": b"password=wrong"}

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {"type": "http", "method": "POST", "path": "/login", "headers": [], "client": ("a", 1)}
        tries = [asyncio.create_task(door(scope, receive, send)) for _ in range(300)]
        await asyncio.sleep(0.01)
        here.set()
        await asyncio.gather(*tries)
        return statuses

    statuses = asyncio.run(all_at_once())
    assert (statuses.count(403), statuses.count(429)) == (FREE_TRIES, 300 - FREE_TRIES)


def test_who_logs_out_is_out_with_every_copy_of_the_cookie():
    ended = set()

    async def page(scope, receive, send):
        await PlainTextResponse("the page")(scope, receive, send)

    door = AccessMiddleware(page, "p", b"s", end=ended.add, ended=ended.__contains__)
    visit, copy = (TestClient(door, follow_redirects=False) for _ in range(2))
    visit.post("/login", data={"password": "p"})
    copy.cookies.set(Cookie.KEY, visit.cookies[Cookie.KEY])
    assert copy.get("/").text == "the page"
    assert visit.get("/logout").status_code == 405
    assert visit.post("/logout").headers["location"] == "login"
    assert Cookie.KEY not in visit.cookies
    assert copy.get("/config").status_code == 401


def test_no_form_is_read_beyond_its_limit():
    assert client().post("/login", content=b"password=" + b"x" * 5_000_000).status_code == 403


def test_behind_a_proxy_with_https_the_cookies_say_secure():
    assert "Secure" in client("").get("/", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]
