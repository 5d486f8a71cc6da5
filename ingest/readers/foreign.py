"""What is no text whatever its name says: programs, sound, and old Office files."""

from __future__ import annotations

from footnote.ingest.errors import UnreadableSource

TRANSCRIPT = "Give its transcript: .srt, .vtt, .ttml, or the .json of whisper"
# What files begin with that are something else than their name says, and what to say of them.
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or password-protected Office file. Save it as .docx"),
    (b"{\\rtf", "Rich Text. Save it as .docx"),
    (b"GIF8", "a picture that is not read. Save it as PNG"),
    (b"\x1f\x8b", "a compressed file. Unpack it first"),
    (b"BZh", "a compressed file. Unpack it first"),
    (b"\xfd7zXZ\x00", "a compressed file. Unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file. Unpack it first"),
    (b"Rar!\x1a\x07", "a compressed file. Unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a compressed file. Unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"%!PS", "PostScript. Save it as PDF"),
    (b"ID3", f"sound. {TRANSCRIPT}"),
    (b"OggS", f"sound or film. {TRANSCRIPT}"),
    (b"fLaC", f"sound. {TRANSCRIPT}"),
    (b"RIFF", "sound or film"),
)
RECORDINGS = frozenset(  # suffixes
    ".aac .aiff .avi .flac .m4a .mkv .mov .mp3 .mp4 .mpeg .mpg .ogg .opus .wav .webm .wma .wmv".split()
)


def refuse_foreign(data: bytes) -> None:
    """Raise when `data` begins as something that is no text.

    Raises:
        UnreadableSource: With what it is.
    """
    for magic, meaning in FOREIGN:
        if data.startswith(magic) and data[8:12] != b"WEBP":
            raise UnreadableSource(f"whatever its name says, it is {meaning}.")
