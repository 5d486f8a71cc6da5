"""Settings: the only read of the environment, and of `footnote.toml` in the library's folder."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from footnote.ingest.encoder.packaged import DEFAULT_ENCODER
from footnote.ingest.library.private import write_private
from footnote.ingest.library.stores import Stores
from footnote.rag.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = re.compile(r"[A-Za-z0-9-]{1,80}")
FILE_NAME = "footnote.toml"
PREFIX = "FOOTNOTE_"
UNSUPPORTED = ("mark", "drop", "replace")
KINDS: dict[type, str] = {int: "a number", float: "a number", bool: "yes or no"}
# Stands for a key where the user's own is kept back. Servers that need none take any word.
WITHHELD = "withheld"
NOT_IN_FILES = ("oidc_secret",)  # it opens the doors of others; a library's folder is copied and shared
# Headers that OpenTelemetry adds to what it sends: services take keys in them.
SENT_WITH_TRACES = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can choose. `Settings.load()` reads files and environment; the
    constructor reads neither.
    """

    home: Path = field(default_factory=lambda: default_home())  # noqa: PLW0108 - defined below
    # The record on a server that many share, as `postgresql://host/name`; empty: a file in `home`.
    record: str = field(default="", repr=False)
    # Chroma servers for it, as `http://10.0.0.5:8000,http://10.0.0.6:8000`, each with a part of the index.
    index: str = ""
    # What the proxies before those servers ask for, as a bearer token.
    index_key: str = field(default="", repr=False)
    # Leave reading, encoding and storing to `footnote worker`s over the same record.
    workers: bool = False
    encoder: str = DEFAULT_ENCODER
    # How sure the offline answerer must be before it answers, 0..1; see footnote.rag.answer.extractive.
    answer_threshold: float = 0.3
    # Paragraphs considered for an answer.
    passages: int = 8
    # Longest question, in characters; longer ones are refused with a sentence that says so.
    max_question: int = 4000
    # ROUGE-1 on CNN/DM, Newsroom and the samples: 34.5, 30.4, 34.6 at 70; 32.5, 25.7, 36.7 at 90.
    summary_words: int = 70
    host: str = "127.0.0.1"
    port: int = 7860
    # What the page asks for before it shows anything; empty: nothing is asked for.
    password: str = field(default="", repr=False)
    # Where a reverse proxy shows the page, as `/notes`; empty: at the top of its host.
    root_path: str = ""
    # Other names that the page goes by, as `notes.example`: those of a proxy, or of this computer.
    names: str = ""
    # Addresses or networks of the proxies whose word counts on where a request is from, as `10.0.0.0/8`.
    proxies: str = ""
    # The header in which those proxies name the account that a request is of, as `X-Forwarded-User`.
    account_header: str = ""
    # A provider of OpenID Connect where accounts log in, as `https://login.example/realms/a`; empty: none.
    oidc_issuer: str = ""
    # What this server is called there, and its secret; a client that is public there has none.
    oidc_client: str = ""
    oidc_secret: str = field(default="", repr=False)
    # What the provider is asked for, and the claims in which it tells the account's name and its groups;
    # without a claim for groups it does not decide on them.
    oidc_scope: str = "openid profile email"
    oidc_name: str = "preferred_username"
    oidc_groups: str = ""
    # Give who is unknown an account as a reader.
    oidc_newcomers: bool = False
    # Listen beyond this computer without a password.
    open_to_all: bool = False
    # Requests a minute that one program may send, a third of them at once; 0: any number.
    api_rate: int = 300
    # Seconds until a program is told that its request took too long.
    api_seconds: float = 120.0
    # What the server logs: `text` for warnings, `json` for every request too, a line of JSON each.
    log: str = "text"
    # Where traces of requests go, a collector for OTLP over gRPC, as `http://127.0.0.1:4317`; empty: none.
    traces: str = ""

    # The language model, `provider:name`; empty: the offline answerer.
    model: str = ""
    # The address of an OpenAI-compatible server, as `http://127.0.0.1:8080/v1`.
    base_url: str = ""
    # The key for that server or provider; empty: the provider's own variable, as OPENAI_API_KEY.
    api_key: str = field(default="", repr=False)
    # Who checks each sentence: empty for the checker of footnote.rag.check.support, `model` for the
    # language model, else a cross-encoder for natural language inference by name or path.
    judge: str = ""
    # A cross-encoder, by name or path, that reads the best paragraphs again; empty: none.
    reranker: str = ""
    # What becomes of a model's sentence that its source does not support: mark, drop or replace it.
    unsupported: str = "mark"
    # Seconds to reach the model's server, to its first words, between two pieces, and for all of it.
    model_connect: float = 5.0
    model_first: float = 60.0
    model_pause: float = 30.0
    model_deadline: float = 120.0
    # How often a request is sent again when it failed before the first word.
    model_retries: int = 2
    # Tokens that a prompt and its answer may take together: the model's window, or less.
    model_window: int = 8192
    # Longest answer, in tokens; a longer one is cut and labelled so.
    answer_tokens: int = 800
    # Most tokens that one question or summary may take over all its requests.
    question_tokens: int = 60_000
    # How sure the offline answerer must be before a model is asked at all, 0..1. 0.08 keeps 99.6% of the
    # answerable questions of squad2_dev and covidqa_dev (n=517); 0.06: 99.8%, 0.1: 98.6%.
    relevance_threshold: float = 0.08
    # Keep a model's answers on disk and give them again for the same question and sources.
    answer_cache: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.answer_threshold <= 1.0:
            raise SettingsError(f"answer_threshold must lie between 0 and 1, not {self.answer_threshold}.")
        if not 1 <= self.passages <= 50:
            raise SettingsError(f"passages must lie between 1 and 50, not {self.passages}.")
        if not 30 <= self.summary_words <= 400:
            raise SettingsError(f"summary_words must lie between 30 and 400, not {self.summary_words}.")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"port must lie between 0 and 65535, not {self.port}.")
        if self.root_path and not self.root_path.startswith("/"):
            raise SettingsError(f"root_path must begin with a slash, as /notes, not “{self.root_path}”.")
        self._check_stores()
        self._check_proxies()
        self._check_oidc()
        self._check_api()
        self._check_model()

    @property
    def proxied(self) -> bool:
        """Whether a proxy shows the page: under a path, a name, or by an address of its own."""
        return bool(self.root_path or self.names or self.proxies)

    @property
    def exposed(self) -> bool:
        """Whether other computers may reach the page: where it listens, or wherever its proxy is."""
        return self.proxied or not is_loopback(self.host)

    @property
    def stores(self) -> Stores:
        """Where the library lies."""
        addresses = (one.strip().rstrip("/") for one in self.index.split(","))
        return Stores(self.record, tuple(filter(None, addresses)), self.index_key)

    @property
    def queue(self) -> str:
        """The record in which work waits for workers; empty where this process does all of it."""
        return self.record if self.workers else ""

    def in_folder(self, home: Path) -> Settings:
        """Return the same choices for a library in a folder of its own, whatever servers are set."""
        return replace(self, home=home, record="", index="", index_key="", workers=False)

    def _check_stores(self) -> None:
        if bool(self.record) != bool(self.stores.index):
            lacks = "FOOTNOTE_INDEX" if self.record else "FOOTNOTE_RECORD"
            raise SettingsError(
                f"record and index go together, PostgreSQL and the Chroma servers beside it: set {lacks}."
            )
        if self.record and not self.record.startswith(("postgresql://", "postgres://")):
            raise SettingsError("record must be an address of PostgreSQL, as postgresql://host/name.")
        if self.workers and not self.record:
            raise SettingsError("workers needs a library on servers: set FOOTNOTE_RECORD and FOOTNOTE_INDEX.")
        for one in self.stores.index:
            parts = urlsplit(one)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise SettingsError(
                    "index must be addresses of Chroma servers that begin with http:// or https://."
                )
            if "@" in parts.netloc:
                raise SettingsError("index must not hold a password; set FOOTNOTE_INDEX_KEY.")
        if len(set(self.stores.index)) < len(self.stores.index):
            raise SettingsError("index names a server twice.")

    def _check_proxies(self) -> None:
        for one in self.proxies.replace(",", " ").split():
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise SettingsError(
                    f"proxies must be addresses, as 127.0.0.1 or 10.0.0.0/8, not “{one}”."
                ) from None
        if self.account_header and not HEADER.fullmatch(self.account_header):
            raise SettingsError(f"account_header must be the name of a header, not “{self.account_header}”.")
        if self.account_header and not self.proxies:
            raise SettingsError("account_header needs proxies: whoever else sends it is not believed.")

    def _check_oidc(self) -> None:
        if not self.oidc_issuer:
            return
        if not is_secure(self.oidc_issuer):
            raise SettingsError(
                "oidc_issuer must be an address that begins with https://, or with http:// on this computer."
            )
        if "openid" not in self.oidc_scope.split():
            raise SettingsError("oidc_scope must have openid among its words.")
        for name in ("oidc_client", "oidc_name"):
            if not getattr(self, name):
                raise SettingsError(f"oidc_issuer needs {name}; docs/accounts.md has an example.")

    def _check_api(self) -> None:
        if self.api_rate < 0:
            raise SettingsError(f"api_rate must be 0 or more, not {self.api_rate}.")
        if self.log not in ("text", "json"):
            raise SettingsError(f"log must be text or json, not “{self.log}”.")
        if self.traces and not self.traces.startswith(("http://", "https://")):
            raise SettingsError("traces must be an address that begins with http:// or https://.")
        if not 0 < self.api_seconds <= 3600:
            raise SettingsError(f"api_seconds must lie between 0 and 3,600, not {self.api_seconds}.")

    def _check_model(self) -> None:
        if self.unsupported not in UNSUPPORTED:
            raise SettingsError(f"unsupported must be mark, drop or replace, not “{self.unsupported}”.")
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise SettingsError("base_url must begin with http:// or https://.")
        if "@" in self.base_url.partition("//")[2].partition("/")[0]:
            raise SettingsError("base_url must not hold a password; set FOOTNOTE_API_KEY.")
        for name in ("model_connect", "model_first", "model_pause", "model_deadline"):
            if not 0 < getattr(self, name) <= 3600:
                raise SettingsError(
                    f"{name} must lie between 0 and 3,600 seconds, not {getattr(self, name)}."
                )
        if not 0 <= self.model_retries <= 10:
            raise SettingsError(f"model_retries must lie between 0 and 10, not {self.model_retries}.")
        if not 0.0 <= self.relevance_threshold <= 1.0:
            raise SettingsError(
                f"relevance_threshold must lie between 0 and 1, not {self.relevance_threshold}."
            )
        self._check_tokens()

    def _check_tokens(self) -> None:
        if not 50 <= self.answer_tokens <= 100_000:
            raise SettingsError(f"answer_tokens must lie between 50 and 100,000, not {self.answer_tokens}.")
        if self.model_window < self.answer_tokens + 1000:
            raise SettingsError(
                f"model_window must leave 1,000 tokens beside answer_tokens ({self.answer_tokens}), "
                f"not be {self.model_window}."
            )
        if self.question_tokens < 1000:
            raise SettingsError(f"question_tokens must be at least 1,000, not {self.question_tokens}.")

    @classmethod
    def load(
        cls, home: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any
    ) -> Settings:
        """Return the settings in force: `given` over environment over `footnote.toml` over defaults.

        Raises:
            SettingsError: If a value cannot be used; the message names the setting and its origin.
        """
        return load_with_origins(home, environ, **given)[0]


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address means this computer alone.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.9", "::1", "::ffff:127.0.0.1", "::1%lo")]
    [True, True, True, True, True]
    >>> [is_loopback(host) for host in ("0.0.0.0", "::", "::ffff:10.0.0.1", "notes.example", "")]
    [False, False, False, False, False]
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_secure(address: str) -> bool:
    """Tell whether what is sent to a web address can be read by nobody on the way.

    >>> [is_secure(one) for one in ("https://a.example/b", "http://[::1]:80", "http://a.example", "https:")]
    [True, True, False, False]
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = parts.scheme == "http" and is_loopback(host)
    return bool(host) and "@" not in parts.netloc and (plain or parts.scheme == "https")


def default_home() -> Path:
    """Return the platform's user data folder for Footnote."""
    from platformdirs import user_data_path  # not needed when a home is given

    return user_data_path("footnote", appauthor=False)


def load_with_origins(
    home: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any
) -> tuple[Settings, dict[str, str]]:
    """Return the settings in force and where each came from, for `footnote doctor`."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    origins = dict.fromkeys((f.name for f in fields(Settings)), "default")
    if home is not None:
        values["home"], origins["home"] = home, "--home"
    elif environ.get(PREFIX + "HOME"):
        values["home"], origins["home"] = Path(environ[PREFIX + "HOME"]).expanduser(), PREFIX + "HOME"
    file = (values.get("home") or default_home()) / FILE_NAME
    for name, value in _read_file(file).items():
        values[name], origins[name] = _convert(name, value, f"{name} in {file}"), str(file)
    for name in origins:
        variable = PREFIX + name.upper()
        if name != "home" and environ.get(variable):
            values[name], origins[name] = _convert(name, environ[variable], variable), variable
    for name, value in given.items():
        if value is not None:
            values[name], origins[name] = _convert(name, value, "--" + name.replace("_", "-")), "given"
    _keep_key(values, origins, str(file))
    _keep_what_others_send(values, origins, str(file), environ)
    return replace(Settings(home=values.pop("home", None) or default_home()), **values), origins


def _keep_key(values: dict[str, Any], origins: dict[str, str], file: str) -> None:
    """Keep the keys of this user from servers that only the library's own file names.

    The folder may be somebody else's: its file may say where questions go, but not where a key goes. Who
    names the server in the environment, or a key in the same file, means it.
    """
    if values.get("base_url") and origins["base_url"] == file != origins["api_key"]:
        values["api_key"], origins["api_key"] = WITHHELD, f"kept from the server that {file} names"
    if values.get("oidc_secret") and origins["oidc_issuer"] == file:
        values["oidc_secret"], origins["oidc_secret"] = WITHHELD, f"kept from the provider that {file} names"
    if values.get("index") and values.get("index_key") and origins["index"] == file != origins["index_key"]:
        values["index_key"], origins["index_key"] = WITHHELD, f"kept from the servers that {file} names"


def _keep_what_others_send(
    values: dict[str, Any], origins: dict[str, str], file: str, environ: Mapping[str, str]
) -> None:
    """Keep from such servers also what the libraries that speak to them take from the environment.

    And whether strangers may come in is said by who sits at this computer, not by who made a folder.
    """
    if origins["record"] == file and environ.get("PGPASSWORD") and not _has_password(values["record"]):
        # What stands in the address comes before the variable.
        values["record"] += f"{'&' if '?' in values['record'] else '?'}password={WITHHELD}"
        origins["record"] = f"{file}; PGPASSWORD is kept from it"
    if origins["traces"] == file and any(environ.get(name) for name in SENT_WITH_TRACES):
        values["traces"], origins["traces"] = "", f"not sent to what {file} names, with your OTEL_… headers"
    if origins["open_to_all"] == file and values["open_to_all"]:
        values["open_to_all"], origins["open_to_all"] = False, f"not from {file}: set FOOTNOTE_OPEN_TO_ALL"


def _has_password(address: str) -> bool:
    who, at, _ = address.partition("//")[2].partition("?")[0].rpartition("@")
    return (":" in who and bool(at)) or "password=" in address


def _read_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} could not be read: {error}.") from error
    known = {f.name for f in fields(Settings)} - {"home"}
    for name in found:
        if name not in known:
            raise SettingsError(f"{path} has an unknown setting “{name}”. Known: {', '.join(sorted(known))}.")
        if name in NOT_IN_FILES:
            raise SettingsError(f"{name} does not belong in {path}. Set {PREFIX}{name.upper()}.")
    return found


def keep(home: Path, changes: Mapping[str, str]) -> Path:
    """Write texts into `footnote.toml` and return its path; an empty text takes the setting out.

    All else in the file, its comments too, stays as it is.

    Raises:
        SettingsError: If the file cannot be read or written, or is not of a form that can be changed.
    """
    path = home / FILE_NAME
    before = _read_file(path)
    lines = path.read_text(encoding="utf-8").splitlines() if before or path.exists() else []
    for name in changes:
        lines = [line for line in lines if not re.match(rf"\s*[\"']?{name}[\"']?\s*=", line)]
    given = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in changes.items() if value]
    text = "\n".join([*given, *lines, ""])
    wanted = {n: v for n, v in before.items() if n not in changes} | {n: v for n, v in changes.items() if v}
    try:
        if tomllib.loads(text) != wanted:
            raise ValueError
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        # It may hold a key: nobody else's from the first byte on, and as wide as it was when it is whole.
        write_private(path, text, path.stat().st_mode & 0o777 if path.exists() else 0o600)
    except ValueError:
        raise SettingsError(
            f"{path} is written in a way that only you can change. Set {', '.join(changes)} there."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} could not be written: {error.strerror}.") from None
    return path


def _convert(name: str, value: Any, origin: str) -> Any:
    kind = type(getattr(Settings(home=Path()), name))
    try:
        return _truth(value) if kind is bool else kind(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{origin} must be {KINDS.get(kind, 'a text')}, not “{value}”.") from None


def _truth(value: Any) -> bool:
    if str(value).lower() in YES:
        return True
    if str(value).lower() in NO:
        return False
    raise ValueError(value)
