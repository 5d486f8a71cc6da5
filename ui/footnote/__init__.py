"""Answers and one-paragraph summaries over articles, with a footnote on every sentence.

>>> from footnote import Settings, build

`build(Settings.load())` opens the library of the settings in force as an `Assistant`, whose `ask`, `stream`,
`search` and `summarise` are all that the command and the page call. `footnote.ingest` adds articles,
`footnote.evals` measures, `footnote.rag.langchain` is for LangChain's programs.

Importing it is cheap: each name is looked up when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from footnote.rag.assistant import Assistant, build
    from footnote.rag.errors import (
        EncoderError,
        EncoderMismatch,
        FootnoteError,
        LibraryDamaged,
        LibraryError,
        LibraryLocked,
        LibraryUnwritable,
        ModelError,
        ModelSetupError,
        NotAllowed,
        QuestionError,
        SettingsError,
        SourceError,
        SourceNotFound,
        UnknownArticle,
        UnknownCollection,
        UnreadableSource,
        UnsupportedSource,
        UnusableName,
    )
    from footnote.rag.settings import Settings
    from footnote.rag.types import (
        Answer,
        Citation,
        CitedSentence,
        Filters,
        Passage,
        Refusal,
        Remark,
        Reply,
        ShortAnswer,
        Summary,
        Support,
        Turn,
        Verdict,
    )

    __version__: str

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CitedSentence",
    "EncoderError",
    "EncoderMismatch",
    "Filters",
    "FootnoteError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryLocked",
    "LibraryUnwritable",
    "ModelError",
    "ModelSetupError",
    "NotAllowed",
    "Passage",
    "QuestionError",
    "Refusal",
    "Remark",
    "Reply",
    "Settings",
    "SettingsError",
    "ShortAnswer",
    "SourceError",
    "SourceNotFound",
    "Summary",
    "Support",
    "Turn",
    "UnknownArticle",
    "UnknownCollection",
    "UnreadableSource",
    "UnsupportedSource",
    "UnusableName",
    "Verdict",
    "__version__",
    "build",
]

_HOMES = ("footnote.rag.types", "footnote.rag.settings", "footnote.rag.errors", "footnote.rag.assistant")


if not TYPE_CHECKING:  # a checker knows the names above, and that there are no others

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            return version("footnote")
        if name in __all__:
            for home in _HOMES:
                found = vars(import_module(home)).get(name)
                if found is not None:
                    return found
        raise AttributeError(f"module 'footnote' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
