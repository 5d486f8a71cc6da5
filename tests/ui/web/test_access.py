"""The password: nothing is shown before it, wrong ones are slowed down, and another one ends every visit."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from footnote.ui.web.access import FREE_TRIES, KEY, READER, AccessMiddleware, Throttle


def client(password: str = "honey & salt", secret: bytes = b"s") -> TestClient:
    async def page(scope, receive, send):
        await PlainTextResponse("the page")(scope, receive, send)

    return TestClient(AccessMiddleware(page, password, secret), follow_redirects=False)


def test_without_a_password_the_page_is_open_and_gives_a_cookie():
    response = client("").get("/")
    assert response.text == "the page"
    assert len(response.cookies[READER]) == 32


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
    mark = visit.cookies[KEY]
    for changed in (client("another"), client(secret=b"t")):
        changed.cookies.set(KEY, mark)
        assert changed.get("/config").status_code == 401


@pytest.mark.parametrize(
    "mark", ["", "x", "9999999999.", "9999999999.00", "1.é", ".", "99999999999999999999.aa"]
)
def test_a_forged_mark_opens_nothing(mark):
    response = client().get("/config", headers={"Cookie": f"{KEY}={mark}".encode()})
    assert response.status_code == 401


def test_a_mark_that_has_run_out_opens_nothing():
    door = AccessMiddleware(None, "p", b"s")
    assert client("p").get("/config", headers={"Cookie": f"{KEY}=1.{door._mark('1')}"}).status_code == 401


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
    for _ in range(14):
        throttle.wrong("a")
        pauses.append(throttle.pause("a"))
    assert pauses[: FREE_TRIES + 2] == [0, 0, 0, 0, 10, 20, 40]
    assert pauses[-1] == 600
    clock[0] = 601
    assert throttle.pause("a") == 0
    assert throttle.pause("b") == 0
    throttle.right("a")
    throttle.wrong("a")
    assert throttle.pause("a") == 0


def test_no_form_is_read_beyond_its_limit():
    assert client().post("/login", content=b"password=" + b"x" * 5_000_000).status_code == 403


def test_behind_a_proxy_with_https_the_cookies_say_secure():
    assert "Secure" in client("").get("/", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]
