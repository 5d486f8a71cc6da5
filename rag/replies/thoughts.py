"""What a model thinks aloud before it answers: how that begins and ends in the forms of many models."""

from __future__ import annotations

import re

_TAGS = r"(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think)"
OPENS = (
    rf"<{_TAGS}\s*>|\[THINK\]|◁think▷|<\|(?:begin_of_thought|START_THINKING)\|>"
    r"|<\|channel\|?>\s*(?:analysis|commentary|thought)\b"
)
CLOSES = (
    rf"</{_TAGS}\s*>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|END_THINKING)\|>|<channel\|>"
    r"|<\|channel\|?>\s*final\b|assistantfinal"
)
ENDS = re.compile(rf"(?P<closes>{CLOSES})|(?:{OPENS})", re.IGNORECASE)


def without_thoughts(text: str) -> str:
    """Return a whole reply without what was thought aloud; an end without a beginning ends all before it.

    >>> without_thoughts("<reasoning>I do not know.</reasoning>It opened in 1931.")
    'It opened in 1931.'
    >>> without_thoughts("Source 1 may say.</think>It opened in 1931.")
    'It opened in 1931.'
    """
    said, at, thinking = "", 0, False
    for end in ENDS.finditer(text):
        if end["closes"]:
            said = said if thinking else ""
        elif not thinking:
            said += text[at : end.start()]
        thinking, at = not end["closes"], end.end()
    return said if thinking else said + text[at:]
