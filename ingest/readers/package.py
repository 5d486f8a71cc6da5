"""A zip file that a stranger made, and the XML in it: opened with limits on all that it claims."""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

MOST_MEMBERS = 2_000
MOST_UNPACKED = 100_000_000  # bytes, of all members together
MOST_RATIO = 200  # XML of ten equal pages packs 60 to 1, a bomb 1,000 to 1; small members are let be
SMALL = 1_000_000  # bytes: a member of this size harms nobody, however it is packed
ENCRYPTED = 0x1
UNIX = 3  # the system whose zip files keep the kind of a file, in the upper half of its attributes
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
HARM = "It may be made to do harm; unpack it yourself if you trust it."


class Package:
    """The members of a zip file. A member is read only as far as the limits go, whatever it claims.

    Raises:
        UnreadableSource: If it is no zip file, or claims to hold too much.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except Exception as error:
            raise UnreadableSource(
                "it is damaged or cut off: its list of contents cannot be read."
            ) from error
        found = self._zip.infolist()
        if len(found) > MOST_MEMBERS:
            raise UnreadableSource(f"it holds {len(found):,} files, more than {MOST_MEMBERS:,}. {HARM}")
        if sum(member.file_size for member in found) > MOST_UNPACKED:
            raise UnreadableSource(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB. {HARM}")
        self._left = MOST_UNPACKED
        files = (m for m in found if m.filename and not m.is_dir() and not _is_special(m))
        self._members = {member.filename: member for member in files}

    @property
    def names(self) -> list[str]:
        """The names of the files in it, in their order."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """Return a member.

        Raises:
            UnreadableSource: If it is missing, protected, damaged or unpacks to too much.
        """
        member = self._members.get(name)
        if member is None:
            raise UnreadableSource(f"its part “{name[:100]}” is missing. It is damaged or cut off.")
        if member.flag_bits & ENCRYPTED:
            raise UnreadableSource("it is password protected. Save a copy without the password.")
        if member.compress_type not in METHODS:
            raise UnreadableSource(
                "it is packed in a way that is not read. Pack it anew as a plain zip file."
            )
        most = min(self._left, max(SMALL, member.compress_size * MOST_RATIO))
        try:
            with self._zip.open(member) as file:
                data = file.read(most + 1)
        except Exception as error:
            raise UnreadableSource(f"its part “{name[:100]}” is damaged.") from error
        if len(data) > most:
            raise UnreadableSource(f"its part “{name[:100]}” unpacks to far more than its size. {HARM}")
        self._left -= len(data)
        return data

    def xml(self, name: str) -> _Element:
        """Return the root of a member that is XML.

        Raises:
            UnreadableSource: As `read`, or if it is not XML.
        """
        return parse_xml(self.read(name), name)


def _is_special(member: zipfile.ZipInfo) -> bool:
    """Tell whether a member is a link, a pipe or a device, whose content is no text of an article."""
    mode = member.external_attr >> 16
    return member.create_system == UNIX and stat.S_IFMT(mode) not in {0, stat.S_IFREG}


def parse_xml(data: bytes, name: str) -> _Element:
    """Return the root of an XML document, which may not define entities.

    Raises:
        UnreadableSource: If it is broken, or has a document type other than a plain HTML one.
    """
    from lxml import etree  # type: ignore[import-untyped]

    if (
        b"<!ENTITY" in data
        or "<!ENTITY".encode("utf-16-le") in data
        or "<!ENTITY".encode("utf-16-be") in data
    ):
        raise UnreadableSource(f"its part “{name[:100]}” defines XML entities, which is not allowed.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except etree.LxmlError as error:
        raise UnreadableSource(f"the XML of its part “{name[:100]}” is broken ({error.msg}).") from error
