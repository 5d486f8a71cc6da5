"""The errors that a person may see. Each says what was tried, what was found, and what to do.

The whole tree::

    FootnoteError
    ├── SourceError            one source could not be used (the others can)
    │   ├── SourceNotFound
    │   ├── UnsupportedSource
    │   └── UnreadableSource
    ├── LibraryError
    │   ├── LibraryLocked      another process writes to this library
    │   ├── LibraryUnwritable  read-only folder, full disk
    │   ├── LibraryDamaged     the record itself does not open or disagrees with itself
    │   ├── EncoderMismatch    the library holds vectors of another encoder
    │   └── UnusableName       a name that is empty, too long or taken
    ├── UnknownArticle
    ├── UnknownCollection      no collection or tag goes by the name
    ├── NotAllowed             the account may not do this
    ├── EncoderError           the encoder's files are missing or are not what they should be
    └── (footnote.rag.errors adds QuestionError and SettingsError)
"""


class FootnoteError(Exception):
    """The root of every error whose message is written for the person who reads it."""


class SourceError(FootnoteError):
    """One source could not be used; the message names it, the reason and what to do."""


class SourceNotFound(SourceError):
    """Nothing is there under the given name."""


class UnsupportedSource(SourceError):
    """The format is not one that Footnote reads."""


class UnreadableSource(SourceError):
    """The file is there, but no article could be read from it."""


class LibraryError(FootnoteError):
    """The library's folder could not be used."""


class LibraryLocked(LibraryError):
    """Another process holds the library for writing."""


class LibraryUnwritable(LibraryError):
    """The library's folder cannot be written: read-only, no permission, or the disk is full."""


class LibraryDamaged(LibraryError):
    """The record does not open, or a rebuilt index still disagrees with it."""


class EncoderMismatch(LibraryError):
    """The library's vectors were made by another encoder; `footnote reindex` makes new ones."""


class UnusableName(LibraryError):
    """The name of a collection, a tag, an account or a group is empty, too long or taken."""


class UnknownArticle(FootnoteError):
    """No article goes by the given id, id prefix or source, or more than one does."""


class UnknownCollection(FootnoteError):
    """No collection goes by the given name, or no article has the given tag."""


class NotAllowed(FootnoteError):
    """The account may not do this, or may not see what it is about."""


class EncoderError(FootnoteError):
    """The sentence encoder could not be loaded."""
