"""The wheel carries all that the command needs, and works outside the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fpdf import FPDF
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from footnote import Settings

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ("ingest", "rag", "prompts", "ui", "evals")
PACKAGES = PYPROJECT["tool"]["setuptools"]["packages"]
WORKSHOP = ("evals", "tools")
CUDA = "nvidia-|cuda-|triton$"
NOT_PACKED = {WORKSHOP, ("evals", "baselines")}
DATA = {
    ".md", ".css", ".js", ".svg", ".html", ".jinja", ".tiktoken", ".jsonl", ".json", ".onnx", ".toml", ".txt",
}  # fmt: skip


def run(*command: str | Path, cwd: Path, status: int = 0, **environ: str) -> str:
    """Run a command that knows nothing of this checkout; return what it printed."""
    known = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**known, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that nothing is left in it, with the links that `make linked` makes."""
    source = tmp_path_factory.mktemp("source with a space")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "Makefile"):
        shutil.copy(ROOT / name, source / name)
    if shutil.which("make"):
        run("make", "-s", "linked", cwd=source)
        assert (source / "build" / "src" / "footnote" / "rag" / "types.py").is_file()
    return source


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    return _built(source, "wheel")


def _built(source: Path, form: str) -> Path:
    """Return a wheel or an sdist of a source tree; no network is needed, and no setuptools but ours."""
    out = source.parent / f"{source.name} {form}"
    run(sys.executable, "-m", "build", f"--{form}", "--no-isolation", "--outdir", out, cwd=source)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> "Environment":
    environment = Environment(tmp_path_factory.mktemp("installed here") / "venv")
    environment.pip("install", "--no-index", wheel)
    return environment


class Environment:
    """A virtual environment of its own; the libraries of the tests are behind it, so that none is fetched."""

    def __init__(self, folder: Path, *, libraries: bool = True) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")
        self.site = Path(run(self.python, "-c", SITE, cwd=folder).strip())
        # A folder that a .pth file names has none of its own .pth files read: not the one that leads here.
        lines = [path for path in sys.path if libraries and path.endswith("-packages")]
        (self.site / "behind.pth").write_text("\n".join(lines), encoding="utf-8")

    def pip(self, what: str, *arguments: str | Path) -> None:
        options = ("--no-deps", "--ignore-installed") if what == "install" else ("--yes",)
        run(
            sys.executable,
            "-m",
            "pip",
            "-q",
            "--python",
            self.python,
            what,
            *options,
            *arguments,
            cwd=self.site,
        )

    def digests(self, name: str) -> dict[str, str]:
        """Return a digest of every file of a package, compiled ones apart."""
        return {
            path.relative_to(self.site).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in (self.site / name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }


SITE = "import sysconfig; print(sysconfig.get_paths()['purelib'])"


def test_every_module_and_every_data_file_rides_along(wheel: Path) -> None:
    expected = {
        f"footnote/{path.relative_to(ROOT).as_posix().removeprefix('ui/footnote/')}"
        for name in FOLDERS
        for path in (ROOT / name).rglob("*")
        if (path.suffix in DATA | {".py"} or path.name == "py.typed") and "__pycache__" not in path.parts
        if path.relative_to(ROOT).parts[:2] not in NOT_PACKED
    }
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == expected
    assert {"footnote/py.typed", "footnote/__main__.py"} <= packed


def test_one_package_is_at_the_top_and_the_workshop_is_not_in_it(wheel: Path) -> None:
    packed = ZipFile(wheel).namelist()
    version = PYPROJECT["project"]["version"]
    assert {name.partition("/")[0] for name in packed} == {"footnote", f"footnote-{version}.dist-info"}
    assert not any(name.startswith("footnote/evals/tools") for name in packed)


def test_the_sdist_builds_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(_built(source, "sdist")) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)  # new in 3.11.4
        packed.extractall(tmp_path)
    (unpacked,) = tmp_path.iterdir()
    ours, theirs = ZipFile(wheel), ZipFile(_built(unpacked, "wheel"))
    assert {n: ours.read(n) for n in ours.namelist()} == {n: theirs.read(n) for n in theirs.namelist()}


def test_the_packages_are_the_folders_that_hold_code() -> None:
    folders = {
        path.parent.relative_to(ROOT).parts for name in FOLDERS for path in (ROOT / name).rglob("__init__.py")
    } - {WORKSHOP, ("ui", "footnote")}
    assert sorted(PACKAGES) == sorted(["footnote", *(".".join(("footnote", *parts)) for parts in folders)])


def test_prompts_page_samples_and_tokens_ride_along(wheel: Path) -> None:
    packed = ZipFile(wheel).namelist()
    for pattern in (r".*/ui/.*\.css", r".*/ui/.*\.js", r".*/ui/.*\.svg", r".*/ingest/.*\.tiktoken"):
        assert any(re.fullmatch(pattern, name) for name in packed), pattern
    assert sum(bool(re.fullmatch(r"footnote/ingest/samples/.*\.md", name)) for name in packed) >= 14


def test_the_licence_rides_along(wheel: Path) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in ZipFile(wheel).namelist())


def test_the_command_and_the_module_work_outside_the_checkout(installed: Environment, tmp_path: Path) -> None:
    version = PYPROJECT["project"]["version"]
    python = installed.python
    for command in ([installed.bin / "footnote"], [python, "-m", "footnote"]):
        assert run(*command, "--version", cwd=tmp_path) == f"footnote {version}\n"
    code = (
        "import footnote; from footnote.ui import cli; from footnote.ingest import samples;"
        "print(footnote.__version__); print(cli.__file__); print(samples.sample_folder())"
    )
    told, *paths = run(python, "-c", code, cwd=tmp_path).splitlines()
    assert told == version
    assert all(Path(path).is_relative_to(installed.site) for path in paths)


def ask(environment: Environment, *command: str | Path, cwd: Path, home: Path) -> dict[str, Any]:
    said = run(*command, "--home", home, "ask", "When does the ferry sail?", "--json", cwd=cwd)
    return json.loads(said)


@pytest.fixture(scope="module")
def ferry(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with one article of a few words."""
    folder = tmp_path_factory.mktemp("ferry")
    (folder / "ferry.txt").write_text(FERRY, encoding="utf-8")
    command = (installed.python, "-m", "footnote", "--home", folder / "library")
    run(*command, "ingest", folder / "ferry.txt", cwd=folder)
    return folder / "library"


FERRY = "The ferry to Malmen\n\nThe ferry sails at nine from the north quay. It carries forty cars.\n"
# What OpenAI's package imports and nothing here has; its own code is what is looked at.
THEIRS = """
import sys
from unittest.mock import MagicMock
sys.modules |= {name: MagicMock() for name in ("blobfile", "lz4", "lz4.frame", "backoff")}
import evals
from evals.metrics import get_accuracy
print(evals.__file__)
"""


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_the_package_evals_of_others_may_come_and_go(
    first: str, wheel: Path, openai_evals: Path, ferry: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "venv")
    wheels = [openai_evals, wheel] if first == "theirs" else [wheel, openai_evals]
    for one in wheels:
        environment.pip("install", "--no-index", one)
    ours, theirs = environment.digests("footnote"), environment.digests("evals")
    assert {Path(name).name for name in theirs} >= {"api.py", "metrics.py"}
    assert "footnote evaluate" in run(environment.bin / "footnote", "evaluate", "--help", cwd=tmp_path)
    assert "[1]" in ask(environment, environment.bin / "footnote", cwd=tmp_path, home=ferry)["answer"]
    found = run(environment.python, "-c", THEIRS, cwd=tmp_path, OPENAI_API_KEY="none")
    assert Path(found.strip()) == environment.site / "evals" / "__init__.py"
    environment.pip("uninstall", "evals")
    assert not environment.digests("evals")
    assert environment.digests("footnote") == ours
    assert "footnote evaluate" in run(environment.bin / "footnote", "evaluate", "--help", cwd=tmp_path)


@pytest.fixture(scope="module")
def openai_evals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OpenAI Evals, whose package is called as one of our folders; where `make test` can install, this can."""
    folder = tmp_path_factory.mktemp("wheels")
    command = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "evals==3.0.1")
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    if done.returncode and os.environ.get("CI") != "true":
        pytest.skip("The package evals cannot be fetched here.")
    assert done.returncode == 0, done.stderr
    (found,) = folder.iterdir()
    return found


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A working folder in which somebody's own modules are called as our folders."""
    broken = "raise ImportError('this is the module of somebody else')\n"
    for name in ("prompts.py", "rag/__init__.py", "ui.py", "ingest.py", "evals/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(broken, encoding="utf-8")
    (tmp_path / "tide.html").write_text("<h1>The tide</h1><p>The tide turns at noon. " + "It is high. " * 9)
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.multi_cell(0, text="The lock opens at seven.\n\nThe keeper of the lock lives beside it.")
    document.output(str(tmp_path / "lock.pdf"))
    return tmp_path


def test_a_working_folder_with_modules_of_our_names_is_no_matter(
    installed: Environment, crowded: Path, ferry: Path
) -> None:
    for command in ([installed.bin / "footnote"], [installed.python, "-m", "footnote"]):
        assert "[1]" in ask(installed, *command, cwd=crowded, home=ferry)["answer"]
        home = crowded / f"library {len(command)}"
        for name in ("tide.html", "lock.pdf"):  # read by a confined child
            said = run(*command, "--home", home, "ingest", name, "--json", cwd=crowded)
            assert json.loads(said)["status"] == "added"
    code = "from footnote import Settings, build; print(build.__module__, Settings().port)"
    assert run(installed.python, "-c", code, cwd=crowded) == f"footnote.rag.assistant {Settings().port}\n"


PROGRAM = """from footnote import Answer, Refusal, Remark, Settings, build

with build(Settings.load()) as assistant:
    reveal_type(assistant)
    reply = assistant.ask("When does the ferry sail?")
    match reply:
        case Answer():
            print(reply.text, reply.citations[0].quote)
        case Refusal():
            print([citation.title for citation in reply.closest])
        case Remark():
            print(reply.text)
"""
WRONG = PROGRAM.replace('ask("When does the ferry sail?")', "ask(9)") + "from footnote import Setting\n"


@pytest.fixture(scope="module")
def typed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a right and a wrong program, and the Python that they are for, in `venv`.

    No library is beside Footnote: its own types are asked for, and reading PyTorch's takes minutes.
    """
    folder = tmp_path_factory.mktemp("typed")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "wrong.py").write_text(WRONG, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    Environment(folder / "venv", libraries=False).pip("install", "--no-index", wheel)
    return folder


def test_mypy_knows_the_types_of_an_installed_footnote(typed: Path) -> None:
    python = next((typed / "venv").glob("[bS]*/python*"))
    command = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python)
    said = run(*command, "program.py", cwd=typed)
    assert 'Revealed type is "footnote.rag.assistant.Assistant"' in said
    said = run(*command, "wrong.py", cwd=typed, status=1)
    assert 'error: Argument 1 to "ask" of "Assistant" has incompatible type "int"' in said
    assert 'error: Module "footnote" has no attribute "Setting"' in said


def test_pyright_knows_them_too(typed: Path) -> None:
    """By basedpyright, a fork that comes as a wheel with all that it needs; pyright fetches its own."""
    python = next((typed / "venv").glob("[bS]*/python*"))
    command = (sys.executable, "-m", "basedpyright", "--pythonpath", python)
    said = run(*command, "program.py", cwd=typed)
    assert 'Type of "assistant" is "Assistant"' in said
    said = run(*command, "wrong.py", cwd=typed, status=1)
    assert 'error: Argument of type "Literal[9]" cannot be assigned to parameter "question"' in said
    assert '"Setting" is unknown import symbol' in said


def test_in_a_checkout_the_old_import_still_works_and_says_what_to_write() -> None:
    code = "from rag import build; print(build.__module__)"
    assert run(sys.executable, "-c", code, cwd=ROOT) == "footnote.rag.assistant\n"
    with pytest.raises(AssertionError, match="Write `from footnote import build`"):
        run(sys.executable, "-W", "error:Write:DeprecationWarning", "-c", code, cwd=ROOT)


def test_every_dependency_is_pinned_and_no_address_is_given() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row and not row.startswith("#")]
    pinned = {_name(row) for row in rows}
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+( ; .+)?", row) for row in rows)
    assert "://" not in text
    project = PYPROJECT["project"]
    direct = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *PYPROJECT["build-system"]["requires"],
    ]
    assert {_name(one) for one in direct} <= pinned


def test_what_make_installs_is_locked_by_hash_to_the_pinned_versions() -> None:
    pins = {tuple(row.split(" ")[0].split("==")) for row in _rows(ROOT / "constraints.txt")}
    for name in ("build", "torch", "run", "server", "dev"):
        wrong = {one for one in _locked(name) if one not in pins}
        assert not wrong, (
            f"lock/{name}.txt is not what constraints.txt says; run `make lock`: {sorted(wrong)}"
        )
    assert not {name for name, _ in _locked("run", "server", "dev") if re.match(CUDA, name)}


def test_the_locks_hold_all_that_is_needed_here() -> None:
    """What is installed by them is installed without its needs, so that these must stand in them too."""
    project = PYPROJECT["project"]
    in_image = [(extra, "run", "server") for extra in ("mcp", "postgres", "accounts", "oidc")]
    for extra, *locks in (("", "run"), *in_image, ("dev", "run", "dev")):
        held = {name for name, _ in _locked("build", "torch", *locks)}
        asked = [*project["dependencies"], *project["optional-dependencies"].get(extra, [])]
        missing = {need for need in _needs(asked) if need not in {*held, "pip"} and not re.match(CUDA, need)}
        assert not missing, f"not in lock/{locks[-1]}.txt; run `make lock`: {sorted(missing)}"


def _needs(asked: list[str]) -> set[str]:
    """Return the names of all that these need in this environment, at any remove."""
    left, seen = [(Requirement(one), "") for one in asked], set[tuple[str, str]]()
    while left:
        need, extra = left.pop()
        if need.marker and not need.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(need.name)
        for wanted in {"", *need.extras} - {known for known_name, known in seen if known_name == name}:
            seen.add((name, wanted))
            left += [(Requirement(one), wanted) for one in metadata.requires(name) or ()]
    return {name for name, _ in seen}


def _rows(path: Path) -> list[str]:
    return [row for row in path.read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]


def _locked(*locks: str) -> list[tuple[str, str]]:
    """Return names and versions; each has hashes, or pip would take none of them."""
    text = "\n".join(row for name in locks for row in _rows(ROOT / "lock" / f"{name}.txt"))
    whole = re.findall(
        r"^([\w.-]+)==([\w.+!-]+)(?: ;[^\n\\]*)?(?: \\\n +--hash=sha256:[0-9a-f]{64})+$", text, re.MULTILINE
    )
    assert len(whole) == len(re.findall(r"^\S", text, re.MULTILINE))
    return whole


def _name(requirement: str) -> str:
    return re.split(r"[=<>!~ ;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().endswith("exec make test")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_the_links_of_a_checkout_are_put_right_and_left_alone(source: Path) -> None:
    links = source / "build" / "src" / "footnote"
    gone = links / "gone.py"
    gone.symlink_to("../../../ui/footnote/gone.py")
    before = (links / "rag").lstat().st_ino
    (links / "ingest").unlink()
    run("make", "-s", "linked", cwd=source)
    assert not gone.is_symlink()
    assert (links / "ingest").resolve() == source / "ingest"
    assert (links / "rag").lstat().st_ino == before
    assert {path.name for path in links.iterdir()} == {*FOLDERS, "__init__.py", "__main__.py", "py.typed"}


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)
    assert phony
    listed = re.findall(r"^  ([a-z-]+) ", run("make", "-C", ROOT, "help", cwd=Path("/")), re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())
