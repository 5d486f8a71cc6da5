"""The wheel carries all that the command needs, and works outside the checkout."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ("ingest", "rag", "prompts", "ui", "evals")
PACKAGES = PYPROJECT["tool"]["setuptools"]["packages"]
WORKSHOP = ("evals", "tools")
DATA = {".md", ".css", ".js", ".svg", ".html", ".tiktoken", ".jsonl", ".json", ".onnx", ".toml", ".txt"}


def run(*command: str | Path, cwd: Path, **environ: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy so that nothing is left in the checkout."""
    source = tmp_path_factory.mktemp("source with a space")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


def test_every_module_and_every_data_file_rides_along(wheel: Path) -> None:
    expected = {
        f"footnote/{path.relative_to(ROOT).as_posix().removeprefix('ui/footnote/')}"
        for name in FOLDERS
        for path in (ROOT / name).rglob("*")
        if (path.suffix in DATA | {".py"} or path.name == "py.typed") and "__pycache__" not in path.parts
        if path.relative_to(ROOT).parts[:2] != WORKSHOP
    }
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == expected


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


def test_the_command_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed here"
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        target,
        wheel,
        cwd=tmp_path,
    )
    command = target / "bin" / ("footnote.exe" if os.name == "nt" else "footnote")
    elsewhere = {"PYTHONPATH": str(target), "FOOTNOTE_HOME": str(tmp_path / "library")}
    version = PYPROJECT["project"]["version"]
    assert run(command, "--version", cwd=tmp_path, **elsewhere) == f"footnote {version}\n"
    code = (
        "from footnote.ui import cli; from footnote.ingest import samples;"
        "print(cli.__file__); print(samples.sample_folder())"
    )
    for path in run(sys.executable, "-c", code, cwd=tmp_path, **elsewhere).splitlines():
        assert Path(path).is_relative_to(target)


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


def _name(requirement: str) -> str:
    return re.split(r"[=<>!~ ;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().endswith("exec make test")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)
    assert phony
    listed = re.findall(r"^  ([a-z]+) ", run("make", "-C", ROOT, "help", cwd=Path("/")), re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())
