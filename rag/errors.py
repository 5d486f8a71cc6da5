"""The error tree of `footnote.ingest.errors`, whole, plus what only asking and settings can raise.

::

    FootnoteError
    ├── SourceError (SourceNotFound, UnsupportedSource, UnreadableSource)
    ├── LibraryError (LibraryLocked, LibraryUnwritable, LibraryDamaged, EncoderMismatch,
    │   UnusableName)
    ├── UnknownArticle
    ├── UnknownCollection
    ├── NotAllowed
    ├── EncoderError
    ├── QuestionError          the question or text cannot be used: empty, too long
    ├── SettingsError          a setting has a value that cannot be used
    └── ModelError             the language model gave no usable answer; the offline answerer steps in
        └── ModelSetupError    it cannot be asked at all: package, key or name is missing
"""

from footnote.ingest.errors import (
    EncoderError,
    EncoderMismatch,
    FootnoteError,
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    LibraryUnwritable,
    NotAllowed,
    SourceError,
    SourceNotFound,
    UnknownArticle,
    UnknownCollection,
    UnreadableSource,
    UnsupportedSource,
    UnusableName,
)


class QuestionError(FootnoteError):
    """A question or a text to summarise is empty or too long."""


class SettingsError(FootnoteError):
    """A setting has a value that cannot be used; the message names it and where it came from."""


class ModelError(FootnoteError):
    """The language model gave no usable answer; the message says why and what to do.

    It never holds a key, nor any word of the server's. `retry_after` is None when asking again is of
    no use, else how many seconds to wait first.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelSetupError(ModelError):
    """The model cannot be asked at all: its package, its key or its name is missing or wrong."""


__all__ = [
    "EncoderError",
    "EncoderMismatch",
    "FootnoteError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryLocked",
    "LibraryUnwritable",
    "ModelError",
    "ModelSetupError",
    "NotAllowed",
    "QuestionError",
    "SettingsError",
    "SourceError",
    "SourceNotFound",
    "UnknownArticle",
    "UnknownCollection",
    "UnreadableSource",
    "UnsupportedSource",
    "UnusableName",
]
