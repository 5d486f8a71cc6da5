from __future__ import annotations

import re
from importlib.resources import files
from types import SimpleNamespace

import pytest

from footnote.ingest.errors import LibraryUnwritable
from footnote.ui.page.acts import ACTS
from footnote.ui.state.session import Session
from footnote.ui.web import app

TEMPLATES = [path.name for path in files("footnote.ui").joinpath("templates").iterdir()]
OURS = [*TEMPLATES, "export.css"]


def asset(name: str) -> str:
    """Return the text of a file of the page, or of the page that is exported."""
    folder = {"jinja": "templates", "css": "html"}[name.rpartition(".")[2]] if name in OURS else ""
    if folder:
        return files("footnote.ui").joinpath(folder, name).read_text(encoding="utf-8")
    return app.asset(name)


@pytest.fixture(scope="module")
def config(client) -> dict:
    """What the server tells anyone about the app."""
    return client.get("/config").json()


def test_no_act_is_offered_as_an_api(config):
    assert config["dependencies"]
    assert {d["api_visibility"] for d in config["dependencies"]} == {"private"}


def test_no_act_draws_a_progress_plate_over_what_is_read(config):
    shown = {c["id"] for c in config["components"] if c["type"] == "html"}
    assert {d["show_progress"] for d in config["dependencies"] if shown & set(d["outputs"])} == {"hidden"}


def test_every_act_of_the_script_has_a_handler(config):
    ids = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
    handled = {tuple(target) for d in config["dependencies"] for target in d["targets"]}
    script = asset("app.js")
    sent = set(re.findall(r'send\("(\w+)", "(\w+)"', script))
    sent |= {("composer", act) for act in re.findall(r'start\("(\w+)"', script)} | {
        ("add", "link"),
        ("add", "paste"),
    }
    assert sent == {(part, act) for part, acts in ACTS.items() for act in acts}
    for part, act in sent:
        assert (ids[part], act) in handled, f"{part} sends {act}, which nobody hears"


def test_templates_take_values_only_as_arguments_never_as_source(config):
    templates = [c["props"]["html_template"] for c in config["components"] if c["type"] == "html"]
    assert len(templates) == 15
    assert set(templates) == {"${value}"}


def test_analytics_is_off(config):
    assert config["analytics_enabled"] is False


@pytest.mark.parametrize("name", ["app.css", "app.js", "favicon.svg", "login.css", *OURS])
def test_the_parts_name_no_other_host(name):
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", asset(name)))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_the_script_makes_no_html_of_its_own():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", asset("app.js"))


def test_there_is_one_heading_of_the_first_rank_and_the_columns_have_theirs(config):
    parts = "".join(c["props"]["value"] for c in config["components"] if c["type"] == "html")
    assert re.findall(r"<h1>(.*?)</h1>", parts) == ["Footnote"]
    assert re.findall(r"<h2>(.*?)</h2>", parts) == ["Conversations", "Library", "Sources"]
    assert parts.count('role="status"') == 1


def test_what_cannot_be_kept_is_said_on_the_page_and_is_no_fault_of_the_server(monkeypatch):
    def act(*_: object) -> None:
        raise LibraryUnwritable("It could not be written. Free some space.")

    monkeypatch.setattr(app, "_reader", lambda *_: "")
    whole = SimpleNamespace(role_of=lambda _: "admin", of=lambda _: None)
    handle = app._handler(whole, ("composer", "name", act), {"results": "results"})
    (shown,) = handle(Session(), SimpleNamespace(), SimpleNamespace(scope={}))
    assert "Free some space." in shown["results"]
