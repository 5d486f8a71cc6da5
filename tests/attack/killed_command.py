"""Run by endurance: runs commands of `footnote`, each in a process of its own that is forked here and may be killed.

Usage: `python killed_command.py PORT`. Each line on standard input is JSON, `{"words": […], "out": FILE}`; what is said of it
is `pid N`, then `ended STATUS`. Links to PORT of this computer are read, as no setting allows.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import footnote.ingest.pipeline
import footnote.ingest.readers
import footnote.rag.assistant
import footnote.ui.web.server  # noqa: F401 - what takes long to import is there before the fork
from footnote.ingest.web.fetch import Fetcher
from footnote.ui.cli import run
from footnote.ui.commands import links


def main(port: int) -> None:
    """Run what is asked for until there is no more."""
    links.make_fetcher = lambda: Fetcher(allow=[("127.0.0.1", port)], pause=0)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            out = os.open(asked["out"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os._exit(run(asked["words"]))
        print(f"pid {child}", flush=True)
        print(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(int(sys.argv[1]))
