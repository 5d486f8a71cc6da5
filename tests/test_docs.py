"""What the pages for people name is there: links, files, make targets, modules; and every decision is listed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("ingest", "rag", "prompts", "ui", "evals", "tests", "docs", ".ci")
PACKAGES = FOLDERS[:5]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md"))
    if "golden" not in path.parts
)
DECISIONS = ROOT / "docs" / "decisions"
FENCED = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*")
TARGETS = re.compile(r"\bmake((?: [a-z]+(?:-[a-z]+)*(?![\w=-]))+)")
RUN = re.compile(r"python -m (footnote(?:\.\w+)*)")
DOTTED = re.compile(rf"footnote\.(?:{'|'.join(PACKAGES)})(?:\.\w+)*")
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:NAME|NNNN)(?![A-Za-z])")


def code(text: str) -> Iterator[str]:
    """Yield what stands in backticks, and the lines of fenced blocks without their comments."""
    for block in FENCED.findall(text):
        yield from (line.partition("#")[0] for line in block.splitlines())
    yield from (" ".join(found.split()) for found in INLINE.findall(FENCED.sub("", text)))


def anchors(text: str) -> set[str]:
    """Return what GitHub calls the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken_links(text: str, folder: Path, own: set[str]) -> list[str]:
    broken = []
    for link in LINK.findall(FENCED.sub("", text)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = folder / name
        known = own
        if name and target.suffix == ".md" and target.exists():
            known = anchors(target.read_text(encoding="utf-8"))
        if not target.exists() or (anchor and anchor not in known):
            broken.append(link)
    return broken


def missing_paths(text: str) -> list[str]:
    named = {found for piece in code(text) if (found := piece.strip(" .")) and PATH.fullmatch(found)}
    return sorted(path for path in named if not _is_there(path))


def _is_there(path: str) -> bool:
    pattern = PLACEHOLDER.sub("*", path)
    return next(ROOT.glob(pattern.rstrip("/")), None) is not None


def missing_targets(text: str) -> list[str]:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(
        {t for piece in code(text) for found in TARGETS.findall(piece) for t in found.split()} - there
    )


def missing_modules(text: str) -> list[str]:
    named = set(RUN.findall(text)) | {p for piece in code(text) for p in DOTTED.findall(piece)}
    return sorted(name for name in named if not _is_module(name))


def _is_module(name: str) -> bool:
    """Tell whether a dotted name is a module, or the name of one with NAME in its place."""
    parts = [PLACEHOLDER.sub("*", part) for part in name.split(".")[1:]]
    if not parts:
        return (ROOT / "ui" / "footnote" / "__main__.py").exists()
    path = "/".join(parts)
    return any(next(ROOT.glob(found), None) is not None for found in (f"{path}.py", f"{path}/__init__.py"))


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("page", PAGES, ids=name_of)


@pages
def test_its_links_lead_somewhere(page: Path) -> None:
    text = read(page)
    assert broken_links(text, page.parent, anchors(text)) == []


@pages
def test_the_files_it_names_are_there(page: Path) -> None:
    assert missing_paths(read(page)) == []


@pages
def test_the_make_targets_it_names_are_there(page: Path) -> None:
    assert missing_targets(read(page)) == []


@pages
def test_the_modules_it_names_are_there(page: Path) -> None:
    assert missing_modules(read(page)) == []


def test_what_is_not_there_is_noticed() -> None:
    text = """# A page
        See [this](gone.md), [that](README.md#no-such-heading), [here](#nowhere), [the top](#a-page) and
        [the changelog](CHANGELOG.md#changelog).
        `rag/gone.py` and `rag/types.py`, `rag/find/NAME.py`, `tests/NAME/gone.py`; `library/gone.py` is not ours.
        `make types fly-by` and `make test PYTEST_ARGS='-k x'`; to make sense is no target.
        `python -m footnote.evals.tools.gone`, `footnote.rag.gone`, `footnote.evals.tools.NAME`, `footnote.toml`.
        ```shell
        CI=true make swim PYTHON=python3.12  # make no noise
        ```
    """
    assert broken_links(text, ROOT, {"a-page"}) == ["gone.md", "README.md#no-such-heading", "#nowhere"]
    assert missing_paths(text) == ["rag/gone.py", "tests/NAME/gone.py"]
    assert missing_targets(text) == ["fly-by", "swim"]
    assert missing_modules(text) == ["footnote.evals.tools.gone", "footnote.rag.gone"]


def test_every_decision_is_listed_and_has_its_parts() -> None:
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", read(DECISIONS / "README.md"))
    assert listed == sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    for name in listed:
        text = read(DECISIONS / name)
        assert text.startswith(f"# {name[:4]}: "), name
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Figures"], name


def test_the_picture_of_the_rooms_has_every_room_of_the_contracts() -> None:
    picture = "\n".join(FENCED.findall(read(ROOT / "docs" / "architecture.md")))
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {
        room.strip()
        for layers in re.findall(r"^layers = \[(.*?)\]", contracts, re.MULTILINE | re.DOTALL)
        for line in re.findall(r'"([^"]+)"', layers)
        for room in line.split("|")
    }
    assert len(rooms) > 30
    assert sorted(room for room in rooms if not re.search(rf"\b{room}\b", picture)) == []
