from footnote.ui.commands.doctor import examine
from tests.misbehaving_server import ModelServer, ends_early, fails, says
from tests.rag.model.test_probe import heeds


def nothing(*_, **__):
    from footnote.ingest.errors import LibraryError

    raise LibraryError("no library in this test")


def report(tmp_path, monkeypatch, server, **given):
    values = {"MODEL": "openai:test", "BASE_URL": server.url, "API_KEY": "sk-secret", **given}
    for name, value in values.items():
        monkeypatch.setenv(f"FOOTNOTE_{name}", value)
    found = examine(tmp_path, nothing, ask_model=True)
    assert "sk-secret" not in str(found.as_json())
    return {f.name: f for f in found.findings}


def test_the_doctor_tells_what_works(tmp_path, monkeypatch):
    with ModelServer(says(heeds)) as server:
        found = report(tmp_path, monkeypatch, server)
    assert all(found[name].well for name in ("model", "stream", "system", "ending", "window"))
    assert "openai:test answered" in found["model"].found


def test_the_doctor_tells_what_does_not(tmp_path, monkeypatch):
    with ModelServer(ends_early("Paris.")) as server:
        found = report(tmp_path, monkeypatch, server)
    assert not found["system"].well
    assert not found["ending"].well
    with ModelServer(fails(401)) as server:
        found = report(tmp_path, monkeypatch, server)
    assert not found["model"].well
    assert "refused the key" in found["model"].found


def test_without_being_asked_the_doctor_sends_nothing(tmp_path, monkeypatch):
    with ModelServer(says(heeds)) as server:
        monkeypatch.setenv("FOOTNOTE_MODEL", "openai:test")
        monkeypatch.setenv("FOOTNOTE_BASE_URL", server.url)
        found = {f.name: f for f in examine(tmp_path, nothing).findings}
        assert server.exchanges == []
    assert found["model"].well
    assert "not asked" in found["model"].found
