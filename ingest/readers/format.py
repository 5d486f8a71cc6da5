"""What a format is: how its files are known, by name and by content, and read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.ingest.readers.document import Document
    from footnote.ingest.readers.package import Package

Source_contra = TypeVar("Source_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file, or in its place the reason why there is none.

    `key` tells it from the others of the file and is empty when there is only one; `name` is what a
    title can be made of.
    """

    key: str
    name: str
    document: Document | str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Says which document of a file is read next, so that its name is known if the reader dies of it.

    Or which page of one, which has the same key; `seconds` is what reading it may take when that is long.
    """

    key: str
    seconds: float = 0.0


class Reader(Protocol[Source_contra]):
    """Takes a file apart into its documents."""

    def __call__(self, source: Source_contra, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:
        """Yield the documents of a file, each of several announced, those before `start` passed over.

        A book is one document unless `chapters` is set.

        Raises:
            UnreadableSource: If it holds none that can be read.
        """


def one(read: Callable[[Source_contra], Document]) -> Reader[Source_contra]:
    """Return a reader of files that hold one document, which `read` gives."""

    def parts(source: Source_contra, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:  # noqa: ARG001 - there is nothing to choose
        yield Part("", "", read(source))

    return parts


def _never(_head: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. Its module ends with the one that `readers.READERS` names; no other place knows of it.

    Either `read` reads its bytes, or `unpack` a zip file that is such a document because it has the `member`.
    A corpus has neither: it is read as a stream (`jsonl.rows`), so that it is never held whole; nor has what
    `packs` files of the other formats.

    `sniff` tells from the first bytes of a file (`HEAD`) that it is of this kind. Where it `overrules`, such
    a file is of this kind whatever its name says, save the names of formats that `may_begin_as` this one.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Reader[bytes] | None = None
    unpack: Reader[Package] | None = None
    member: str = ""
    sniff: Callable[[bytes], bool] = _never
    overrules: bool = False
    may_begin_as: frozenset[str] = frozenset()
    plain: bool = False  # linear in time, and nothing in it to be exploited: when small it needs no child
    packs: bool = False
    seconds: float = 0.0  # more that a child may take for each megabyte

    def __post_init__(self) -> None:
        if self.read is not None and self.unpack is not None:
            raise ValueError(f"{self.name} is either read or unpacked")
        if bool(self.member) != (self.unpack is not None):
            raise ValueError(f"{self.name}: what is unpacked is known by a member, and nothing else is")


HEAD = 2048  # bytes that are sniffed


def text_start(head: bytes) -> bytes:
    """Return where the text of a file begins: after its mark and blanks."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats there are, in order: the first whose marks are found is what a content is."""

    all: tuple[Format, ...]

    @property
    def suffixes(self) -> dict[str, str]:
        """The name of the format of each suffix."""
        return {suffix: form.name for form in self.all for suffix in form.suffixes}

    def named(self, name: str) -> Format:
        """Return the format of this name.

        Raises:
            KeyError: If there is none.
        """
        for form in self.all:
            if form.name == name:
                return form
        raise KeyError(name)

    def format_of(self, name: str, data: bytes) -> str:
        """Return the name of the format of `data`; empty when none is known.

        What begins as PDF, as a zip file or as a page is that, whatever its name. Without a suffix the
        content decides.
        """
        suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
        given = next((form for form in self.all if suffix in form.suffixes), None)
        if suffix and given is None:
            return ""
        sniffed = next(form for form in self.all if form.sniff(data[:HEAD]))
        if given is None or (sniffed.overrules and sniffed.name not in {given.name, *given.may_begin_as}):
            return sniffed.name
        return given.name

    def unpacker(self, package: Package) -> Reader[Package] | None:
        """Return what reads a document that is a zip file by its form; None when it only packs others."""
        return next((f.unpack for f in self.all if f.unpack and f.member in package), None)
