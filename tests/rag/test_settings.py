from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from footnote.rag.errors import SettingsError
from footnote.rag.settings import WITHHELD, Settings, load_with_origins


def test_the_environment_overrules_the_file_and_what_is_given_overrules_both(tmp_path: Path):
    (tmp_path / "footnote.toml").write_text("passages = 5\nport = 1000\nsummary_words = 70\n")
    found, origins = load_with_origins(
        tmp_path, {"FOOTNOTE_PORT": "2000", "FOOTNOTE_SUMMARY_WORDS": "80"}, summary_words=90
    )
    assert (found.passages, found.port, found.summary_words) == (5, 2000, 90)
    assert origins["port"] == "FOOTNOTE_PORT"
    assert origins["passages"].endswith("footnote.toml")
    assert origins["encoder"] == "default"


def test_the_home_comes_from_the_environment_when_none_is_given(tmp_path: Path):
    assert Settings.load(environ={"FOOTNOTE_HOME": str(tmp_path)}).home == tmp_path


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"FOOTNOTE_PORT": "many"}, "FOOTNOTE_PORT"),
        ({"FOOTNOTE_PORT": "99999"}, "port"),
        ({"FOOTNOTE_ANSWER_THRESHOLD": "2"}, "answer_threshold"),
        ({"FOOTNOTE_PASSAGES": "0"}, "passages"),
        ({"FOOTNOTE_SUMMARY_WORDS": "3"}, "summary_words"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, environ: dict[str, str], word: str):
    with pytest.raises(SettingsError, match=word):
        Settings.load(tmp_path, environ)


@pytest.mark.parametrize("text", ["colour = 'red'\n", "port = \n", "\x00"])
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, text: str):
    (tmp_path / "footnote.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"footnote\.toml"):
        Settings.load(tmp_path, {})


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"FOOTNOTE_RECORD": "postgresql://db/notes"}, "set FOOTNOTE_INDEX."),
        ({"FOOTNOTE_INDEX": "http://127.0.0.1:8000"}, "set FOOTNOTE_RECORD."),
        ({"FOOTNOTE_RECORD": "mysql://db", "FOOTNOTE_INDEX": "http://127.0.0.1:8000"}, "PostgreSQL"),
        ({"FOOTNOTE_RECORD": "postgresql://db/notes", "FOOTNOTE_INDEX": "127.0.0.1:8000"}, "http://"),
        (
            {"FOOTNOTE_RECORD": "postgresql://db/notes", "FOOTNOTE_INDEX": "http://me:x@h"},
            "FOOTNOTE_INDEX_KEY",
        ),
        ({"FOOTNOTE_RECORD": "postgresql://db/notes", "FOOTNOTE_INDEX": "http://h,http://h/"}, "twice"),
        ({"FOOTNOTE_UNSUPPORTED": "hide"}, "mark, drop or replace"),
        ({"FOOTNOTE_BASE_URL": "127.0.0.1:8080"}, "http://"),
        ({"FOOTNOTE_BASE_URL": "http://me:secret@127.0.0.1/v1"}, "FOOTNOTE_API_KEY"),
        ({"FOOTNOTE_MODEL_FIRST": "0"}, "model_first"),
        ({"FOOTNOTE_MODEL_PAUSE": "nan"}, "model_pause"),
        ({"FOOTNOTE_MODEL_RETRIES": "-1"}, "model_retries"),
        ({"FOOTNOTE_ANSWER_TOKENS": "1"}, "answer_tokens"),
        ({"FOOTNOTE_MODEL_WINDOW": "900"}, "model_window"),
        ({"FOOTNOTE_QUESTION_TOKENS": "5"}, "question_tokens"),
        ({"FOOTNOTE_RELEVANCE_THRESHOLD": "1.5"}, "relevance_threshold"),
        ({"FOOTNOTE_ANSWER_CACHE": "perhaps"}, "yes or no"),
    ],
)
def test_a_setting_of_the_model_that_cannot_be_used_is_named(tmp_path: Path, environ, word: str):
    with pytest.raises(SettingsError, match=word) as caught:
        Settings.load(tmp_path, environ)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "truth"), [("1", True), ("yes", True), ("True", True), ("off", False), ("0", False)]
)
def test_yes_and_no_are_understood(tmp_path: Path, given, truth):
    assert Settings.load(tmp_path, {"FOOTNOTE_ANSWER_CACHE": given}).answer_cache is truth
    (tmp_path / "footnote.toml").write_text(f"answer_cache = {str(truth).lower()}\n")
    assert Settings.load(tmp_path, {}).answer_cache is truth


def test_the_key_is_not_in_the_text_of_the_settings(tmp_path: Path):
    settings = Settings.load(tmp_path, {"FOOTNOTE_API_KEY": "sk-secret"})
    assert settings.api_key == "sk-secret"
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("question_tokens", 1000, None),
        ("answer_tokens", 50, 100_000),
        ("model_retries", 0, 10),
        ("model_pause", None, 3600),
        ("relevance_threshold", 0.0, 1.0),
    ],
)
def test_the_ends_of_what_is_allowed_are_allowed_and_what_lies_beyond_is_not(
    tmp_path: Path, name, least, most
):
    def given(value):
        return Settings(home=tmp_path, **{"model_window": 1_000_000, name: value})

    for end, step in ((least, -1), (most, 1)):
        if end is not None:
            assert getattr(given(end), name) == end
            with pytest.raises(SettingsError, match=name):
                given(end + step)


def test_a_model_window_has_room_for_the_answer_and_as_much_again(tmp_path: Path):
    assert Settings(home=tmp_path, answer_tokens=500, model_window=1500).model_window == 1500
    with pytest.raises(SettingsError, match="model_window"):
        Settings(home=tmp_path, answer_tokens=500, model_window=1499)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "FOOTNOTE_PORT must be a number, not “many”."),
        ("PORT", "7.0", "FOOTNOTE_PORT must be a number, not “7.0”."),
        ("MODEL_FIRST", "soon", "FOOTNOTE_MODEL_FIRST must be a number, not “soon”."),
        ("ANSWER_CACHE", "y", "FOOTNOTE_ANSWER_CACHE must be yes or no, not “y”."),
        ("ANSWER_THRESHOLD", "2", "answer_threshold must lie between 0 and 1, not 2.0."),
        ("PASSAGES", "0", "passages must lie between 1 and 50, not 0."),
        ("SUMMARY_WORDS", "3", "summary_words must lie between 30 and 400, not 3."),
        ("PORT", "99999", "port must lie between 0 and 65535, not 99999."),
        ("ROOT_PATH", "notes", "root_path must begin with a slash, as /notes, not “notes”."),
        ("UNSUPPORTED", "hide", "unsupported must be mark, drop or replace, not “hide”."),
        ("BASE_URL", "127.0.0.1:80", "base_url must begin with http:// or https://."),
        ("BASE_URL", "http://a:b@c/", "base_url must not hold a password; set FOOTNOTE_API_KEY."),
        ("MODEL_PAUSE", "0", "model_pause must lie between 0 and 3,600 seconds, not 0.0."),
        ("MODEL_RETRIES", "11", "model_retries must lie between 0 and 10, not 11."),
        ("RELEVANCE_THRESHOLD", "1.5", "relevance_threshold must lie between 0 and 1, not 1.5."),
        ("ANSWER_TOKENS", "1", "answer_tokens must lie between 50 and 100,000, not 1."),
        (
            "MODEL_WINDOW",
            "900",
            "model_window must leave 1,000 tokens beside answer_tokens (800), not be 900.",
        ),
        ("QUESTION_TOKENS", "5", "question_tokens must be at least 1,000, not 5."),
    ],
)
def test_what_is_said_of_a_value_that_cannot_be_used(tmp_path: Path, name: str, value: str, said: str):
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, {f"FOOTNOTE_{name}": value})
    assert str(caught.value) == said


def test_what_is_said_of_an_unknown_name_in_the_file(tmp_path: Path):
    file = tmp_path / "footnote.toml"
    file.write_text("colour = 'red'\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, {})
    known = sorted({f.name for f in fields(Settings)} - {"home"})
    assert str(caught.value) == f"{file} has an unknown setting “colour”. Known: {', '.join(known)}."


def test_what_is_said_of_a_value_in_the_file_and_of_one_that_is_given(tmp_path: Path):
    file = tmp_path / "footnote.toml"
    file.write_text("passages = 'all'\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, {})
    assert str(caught.value) == f"passages in {file} must be a number, not “all”."
    file.unlink()
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, {}, summary_words="few")
    assert str(caught.value) == "--summary-words must be a number, not “few”."


def test_the_constructor_reads_neither_file_nor_environment(tmp_path: Path, monkeypatch):
    (tmp_path / "footnote.toml").write_text("passages = 5\n")
    monkeypatch.setenv("FOOTNOTE_PORT", "2000")
    assert (Settings(home=tmp_path).passages, Settings(home=tmp_path).port) == (8, 7860)


def test_settings_are_values(tmp_path: Path):
    assert hash(Settings(home=tmp_path)) == hash(Settings(home=tmp_path))
    with pytest.raises(FrozenInstanceError):
        Settings(home=tmp_path).port = 1  # type: ignore[misc]


def test_a_variable_that_is_empty_is_not_set(tmp_path: Path):
    assert load_with_origins(tmp_path, {"FOOTNOTE_PORT": ""})[1]["port"] == "default"


def test_a_server_that_a_librarys_file_names_is_given_no_key_of_the_user(tmp_path: Path):
    (tmp_path / "footnote.toml").write_text('model = "openai:x"\nbase_url = "http://127.0.0.1:1/v1"\n')
    for environ in ({}, {"FOOTNOTE_API_KEY": "sk-own"}):
        found, origins = load_with_origins(tmp_path, environ)
        assert found.base_url == "http://127.0.0.1:1/v1"
        assert found.api_key == WITHHELD
        assert "kept from the server" in origins["api_key"]
    own = {"FOOTNOTE_API_KEY": "sk-own", "FOOTNOTE_BASE_URL": "http://127.0.0.1:1/v1"}
    assert Settings.load(tmp_path, own).api_key == "sk-own"
    (tmp_path / "footnote.toml").write_text('base_url = "http://127.0.0.1:1/v1"\napi_key = "of the file"\n')
    assert Settings.load(tmp_path, {}).api_key == "of the file"


def test_the_header_of_accounts_is_a_header_of_proxies_that_are_named(tmp_path: Path):
    given = {"FOOTNOTE_ACCOUNT_HEADER": "X-Forwarded-User"}
    assert Settings.load(tmp_path, {**given, "FOOTNOTE_PROXIES": "127.0.0.1"}).account_header
    with pytest.raises(SettingsError, match="account_header needs proxies"):
        Settings.load(tmp_path, given)
    with pytest.raises(SettingsError, match="the name of a header"):
        Settings.load(tmp_path, {"FOOTNOTE_ACCOUNT_HEADER": "X: y", "FOOTNOTE_PROXIES": "127.0.0.1"})


def test_proxies_are_addresses(tmp_path: Path):
    assert Settings.load(tmp_path, {"FOOTNOTE_PROXIES": "127.0.0.1, 10.0.0.0/8"}).proxies
    with pytest.raises(SettingsError, match="proxies"):
        Settings.load(tmp_path, {"FOOTNOTE_PROXIES": "nginx"})


def test_where_a_library_lies_comes_in_order_and_its_keys_are_not_shown(tmp_path: Path):
    found = Settings.load(
        tmp_path,
        {
            "FOOTNOTE_RECORD": "postgresql://me:hush@db/notes",
            "FOOTNOTE_INDEX": "http://b:8000/, http://a:8000",
            "FOOTNOTE_INDEX_KEY": "shush",
        },
    )
    assert found.stores.index == ("http://b:8000", "http://a:8000")
    assert (found.stores.record, found.stores.key, found.stores.shared) == (found.record, "shush", True)
    assert "hush" not in repr(found)
    assert "hush" not in repr(found.stores)
    assert not Settings.load(tmp_path, {}).stores.shared


def test_a_key_is_kept_from_chroma_servers_that_only_the_folder_names(tmp_path: Path):
    (tmp_path / "footnote.toml").write_text("record = 'postgresql://db/notes'\nindex = 'http://h:8000'\n")
    found, origins = load_with_origins(tmp_path, {"FOOTNOTE_INDEX_KEY": "mine"})
    assert found.index_key == WITHHELD
    assert "kept from" in origins["index_key"]
    assert (
        load_with_origins(tmp_path, {"FOOTNOTE_INDEX_KEY": "mine", "FOOTNOTE_INDEX": "http://h:8000"})[
            0
        ].index_key
        == "mine"
    )


def test_a_library_of_an_evaluation_never_lies_on_the_servers_of_the_reader(tmp_path: Path):
    servers = {"FOOTNOTE_RECORD": "postgresql://db/notes", "FOOTNOTE_INDEX": "http://h:8000"}
    own = Settings.load(tmp_path, servers).in_folder(tmp_path / "own")
    assert own.home == tmp_path / "own"
    assert not own.stores.shared


@pytest.mark.parametrize("address", ["postgresql://db/notes", "postgresql://me@db/notes?sslmode=require"])
def test_a_database_that_a_librarys_file_names_gets_no_password_of_the_environment(
    tmp_path: Path, address: str
):
    (tmp_path / "footnote.toml").write_text(f"record = '{address}'\nindex = 'http://h:8000'\n")
    found, origins = load_with_origins(tmp_path, {"PGPASSWORD": "mine"})
    assert found.record == f"{address}{'&' if '?' in address else '?'}password={WITHHELD}"
    assert "PGPASSWORD is kept" in origins["record"]
    assert Settings.load(tmp_path, {}).record == address
    own = {"PGPASSWORD": "mine", "FOOTNOTE_RECORD": address, "FOOTNOTE_INDEX": "http://h:8000"}
    assert Settings.load(tmp_path, own).record == address


def test_a_database_of_a_librarys_file_keeps_the_password_in_its_address(tmp_path: Path):
    address = "postgresql://me:theirs@db/notes"
    (tmp_path / "footnote.toml").write_text(f"record = '{address}'\nindex = 'http://h:8000'\n")
    assert Settings.load(tmp_path, {"PGPASSWORD": "mine"}).record == address


def test_traces_go_nowhere_with_headers_of_the_user_because_a_folder_says_so(tmp_path: Path):
    (tmp_path / "footnote.toml").write_text("traces = 'http://h:4317'\n")
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"):
        found, origins = load_with_origins(tmp_path, {name: "api-key=mine"})
        assert found.traces == ""
        assert "not sent" in origins["traces"]
        assert Settings.load(tmp_path, {name: "k=v", "FOOTNOTE_TRACES": "http://h:4317"}).traces
    assert Settings.load(tmp_path, {}).traces == "http://h:4317"


def test_no_folder_opens_the_page_to_all(tmp_path: Path):
    (tmp_path / "footnote.toml").write_text("open_to_all = true\nhost = '0.0.0.0'\n")
    found, origins = load_with_origins(tmp_path, {})
    assert not found.open_to_all
    assert "FOOTNOTE_OPEN_TO_ALL" in origins["open_to_all"]
    assert Settings.load(tmp_path, {"FOOTNOTE_OPEN_TO_ALL": "yes"}).open_to_all
