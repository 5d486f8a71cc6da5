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


def test_the_doctor_looks_at_postgresql_and_at_each_part_of_the_index(
    servers, tmp_path, monkeypatch, encoder
):
    from footnote.ingest.article import make_article
    from footnote.ingest.encoder.encoded import encode_article
    from footnote.ingest.library.library import open_library
    from footnote.rag.assistant import build

    stores = servers.new_library()
    monkeypatch.setenv("FOOTNOTE_RECORD", stores.record)
    monkeypatch.setenv("FOOTNOTE_INDEX", ",".join(stores.index))
    with open_library(tmp_path, encoder.name, encoder.dimension, stores=stores) as library:
        for n in range(8):
            made = make_article([("", f"Crane {n} lifts.")], title=f"T{n}", source=f"/{n}.txt")
            library.store(encode_article(made, encoder))
    found = examine(tmp_path, build)
    assert found.well, found.findings
    told = {f.name: f.found for f in found.findings}
    assert "8 articles, 8 paragraphs in postgresql://" in told["library"]
    assert "take turns" in told["lock"]
    assert "holds all of its part" in told["part 1"]
    with open_library(tmp_path, encoder.name, encoder.dimension, stores=stores) as library:
        shard = library._index.shards[0]
        name = library._index._collection(shard, library._index._meta())
        shard.opened(name, "", create=False).delete([f"{a.article_id}:1" for a in library.articles()])
    found = examine(tmp_path, build)
    assert not found.well
    assert "it holds 0 vectors of" in {f.name: f.found for f in found.findings}["part 1"]
    monkeypatch.setenv("FOOTNOTE_RECORD", "postgresql://127.0.0.1:9/none")
    library = next(f for f in examine(tmp_path, build).findings if f.name == "library")
    assert not library.well
    assert "could not be reached" in library.found
