"""The error tree of `ingest.errors`, whole, plus what only asking and settings can raise.

::

    FootnoteError
    ├── SourceError (SourceNotFound, UnsupportedSource, UnreadableSource)
    ├── LibraryError (LibraryLocked, LibraryUnwritable, LibraryDamaged, EncoderMismatch)
    ├── UnknownArticle
    ├── EncoderError
    ├── QuestionError          the question or text cannot be used: empty, too long
    └── SettingsError          a setting has a value that cannot be used
"""

from ingest.errors import (
    EncoderError,
    EncoderMismatch,
    FootnoteError,
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    LibraryUnwritable,
    SourceError,
    SourceNotFound,
    UnknownArticle,
    UnreadableSource,
    UnsupportedSource,
)


class QuestionError(FootnoteError):
    """A question or a text to summarise is empty or too long."""


class SettingsError(FootnoteError):
    """A setting has a value that cannot be used; the message names it and where it came from."""


__all__ = [
    "EncoderError",
    "EncoderMismatch",
    "FootnoteError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryLocked",
    "LibraryUnwritable",
    "QuestionError",
    "SettingsError",
    "SourceError",
    "SourceNotFound",
    "UnknownArticle",
    "UnreadableSource",
    "UnsupportedSource",
]
