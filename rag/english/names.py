"""What a name looks like in English: a capitalised word, or a run of them."""

from __future__ import annotations

import re

NAME = re.compile(r"(?<![\w’'])[A-Z][\w’'.-]*[\w]")
NAME_RUN = re.compile(rf"{NAME.pattern}(?: (?:of |the )?{NAME.pattern})+")
