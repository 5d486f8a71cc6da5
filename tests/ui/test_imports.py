"""What each command loads: nothing heavy that it does not use, so that it answers at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "chromadb", "datasketch", "fastapi", "footnote.ingest.readers", "gradio", "httpx", "jinja2", "langchain_core",
    "numpy", "onnxruntime", "pandas", "py3langid", "rapidfuzz", "ray", "scipy", "sklearn", "sqlite3", "tiktoken",
    "tokenizers", "torch", "trafilatura", "transformers",
)  # fmt: skip
NOTHING: set[str] = set()
LIBRARY = {"numpy", "sqlite3"}
ASKING = LIBRARY | {"onnxruntime", "rapidfuzz", "tokenizers"}
COMMANDS = {
    "--help": NOTHING,
    "--version": NOTHING,
    "articles": LIBRARY,
    "search telescope": ASKING,
    "ask How much does the telescope cost?": ASKING,
}
PROGRAM = """
import sys
from footnote.ui.cli import run
run(sys.argv[2:])
print(*(name for name in sys.argv[1].split(",") if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_nothing_heavy_that_it_does_not_use(command: str, sample_home: Path) -> None:
    name, _, rest = command.partition(" ")
    given = [name, *([rest] if rest else [])]
    home = [] if name.startswith("--") else ["--home", str(sample_home)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(HEAVY), *home, *given],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(done.stderr.split()) - COMMANDS[command] == NOTHING
