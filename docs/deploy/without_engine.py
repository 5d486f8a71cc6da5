"""Run the Dockerfile's steps without a container engine: in a new folder, as this user.

    python docs/deploy/without_engine.py [--keep FOLDER] [--torch-index ADDRESS]

It reads the Dockerfile, so that what is tried is what is built: COPY, WORKDIR, RUN, ENV; then the ENTRYPOINT
is started, and the HEALTHCHECK asked until it is well. Paths of the image lie under the folder. It cannot
show the base image, the other user, which `useradd` would make, the read-only file system, and the limits of
compose.yaml.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
IMAGE_FOLDERS = ("/opt", "/src", "/data")
PATIENCE = 300  # seconds until the server must be well
LEFT_OUT = ("useradd",)


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, each with its arguments on one line."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [
        (name, rest.strip())
        for name, _, rest in (line.partition(" ") for line in joined.splitlines())
        if name
    ]


class Built:
    """The folder that stands for the image's root, and what the instructions have set so far."""

    def __init__(self, root: Path, torch_index: str) -> None:
        self.root, self.at = root, root
        self.arguments = {"TORCH_INDEX": torch_index, "CUDA": ""}
        self.environment: dict[str, str] = {}
        self.health: list[str] = []
        self.start: list[str] = []
        for folder in IMAGE_FOLDERS:
            self.inside(folder).mkdir(parents=True, exist_ok=True)

    def inside(self, path: str) -> Path:
        """Return where a path of the image lies."""
        return self.root / path.lstrip("/") if path.startswith("/") else self.at / path

    def mapped(self, text: str) -> str:
        """Return a text with the image's folders as they lie here."""
        folders = "|".join(map(re.escape, IMAGE_FOLDERS))
        return re.sub(rf"(?<![\w./-])(?:{folders})(?=[/\s:'\"]|$)", lambda m: f"{self.root}{m[0]}", text)

    def do(self, name: str, rest: str) -> None:
        """Do one instruction."""
        print(f"{name} {rest}"[:160], flush=True)
        match name:
            case "WORKDIR":
                self.at = self.inside(rest)
                self.at.mkdir(parents=True, exist_ok=True)
            case "COPY" if not rest.startswith("--from"):
                self._copy(*shlex.split(rest))
            case "RUN" if not rest.startswith(LEFT_OUT):
                self._run(rest)
            case "ENV":
                self._set(rest)
            case "HEALTHCHECK":
                self.health = json.loads(rest[rest.index("[") :])
            case "ENTRYPOINT" | "CMD":
                self.start += json.loads(rest)
            case _:
                pass

    def _copy(self, *named: str) -> None:
        *sources, target = named
        for source in sources:
            found = ROOT / source
            at = self.at / target if target not in (".", "./") else self.at / found.name
            if found.is_dir():
                shutil.copytree(found, at, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(found, at)

    def _run(self, command: str) -> None:
        wanted = re.sub(r"^python\b", shlex.quote(sys.executable), self.mapped(command))
        kept = {
            name: os.environ[name] for name in os.environ if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
        }
        subprocess.run(
            ["/bin/sh", "-ec", wanted],
            cwd=self.at,
            env={**kept, **self.environment, **self.arguments},
            check=True,
        )

    def _set(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.environment[name] = self.mapped(value).replace("$PATH", os.environ["PATH"])


def well(built: Built, environment: dict[str, str], server: subprocess.Popen[bytes]) -> bool:
    """Ask the HEALTHCHECK until it is well, the server ends, or patience does."""
    until = time.monotonic() + PATIENCE
    program = shutil.which(built.health[0], path=environment["PATH"]) or built.health[0]
    while time.monotonic() < until and server.poll() is None:
        asked = subprocess.run(
            [program, *built.health[1:]], env=environment, capture_output=True, check=False
        )
        if asked.returncode == 0:
            return True
        time.sleep(1)
    return False


def ready(port: str, server: subprocess.Popen[bytes]) -> bool:
    """Wait until the models are loaded: to be stopped while they load is another matter."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as told:
            if json.load(told)["ready"]:
                return True
        time.sleep(1)
    return False


def main() -> int:
    """Build, start, ask whether it is well, stop; return 0 when all of it went."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--keep", type=Path, help="the folder to build in; kept. Default: a temporary one, removed"
    )
    parser.add_argument("--torch-index", default="", help="where PyTorch comes from; empty: pip's own index")
    given = parser.parse_args()
    root = given.keep or Path(tempfile.mkdtemp(prefix="footnote-image-"))
    try:
        built = Built(root.resolve(), given.torch_index)
        for name, rest in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
            built.do(name, rest)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        told = {"FOOTNOTE_HOST": "127.0.0.1", "FOOTNOTE_PORT": port, "HOME": str(built.inside("/data"))}
        environment = {**built.environment, **told, "TMPDIR": tempfile.gettempdir()}
        program = shutil.which(built.start[0], path=environment["PATH"])
        if program is None or not Path(program).is_relative_to(built.root):
            print(f"The entrypoint {built.start[0]} was not installed.", file=sys.stderr)
            return 1
        with subprocess.Popen([program, *built.start[1:]], env=environment, cwd=built.root) as server:
            try:
                fine = well(built, environment, server) and ready(port, server)
            finally:
                server.send_signal(signal.SIGTERM)
                status = server.wait(60)
        print(f"Healthy: {'yes' if fine else 'no'}. It ended with status {status}.")
        return 0 if fine and status == 0 else 1
    finally:
        if given.keep is None:
            shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
