"""Make every attack and print a table: `python -m tests.attack [WORD …]`, or `make attack`. Status 1 when one got through."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.attack.accidents import ATTACKS
from tests.attack.attacks import Skipped
from tests.attack.world import World


def main(words: list[str]) -> int:
    """Make the attacks whose name or number holds one of `words`, or all."""
    chosen = [a for a in ATTACKS if not words or any(w in a.name or w == str(a.row) for w in words)]
    ends: Counter[str] = Counter()
    world = World()
    try:
        for attack in sorted(chosen, key=lambda a: (not a.row, a.row)):
            begun = time.monotonic()
            try:
                end, seen = "held", attack.make(world)
            except Skipped as reason:
                end, seen = "skipped", str(reason)
            except AssertionError as error:
                end, seen = "GOT THROUGH", str(error).partition("\nassert")[0]
            except Exception as error:  # noqa: BLE001 - an attack that could not be made held nothing
                end, seen = "FAILED", f"{type(error).__name__}: {error}"
            world.rest()
            ends[end] += 1
            row = f"{attack.row:>2}" if attack.row else " –"
            print(
                f"{row}  {end:<11} {time.monotonic() - begun:5.1f} s  {attack.name}: {seen[:300]}", flush=True
            )
    finally:
        world.close()
    print(f"{len(chosen)} attacks: " + ", ".join(f"{count} {end}" for end, count in sorted(ends.items())))
    return int(bool(ends["GOT THROUGH"] or ends["FAILED"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
