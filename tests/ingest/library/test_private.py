"""Files for their owner alone, whole or not at all."""

import os
import stat

import pytest

from footnote.ingest.library.private import write_private

posix = pytest.mark.skipif(os.name != "posix", reason="the owner's rights are POSIX's")


@posix
def test_a_private_file_is_its_owners_alone_unless_said_otherwise(tmp_path):
    for mode in (0o600, 0o640):
        write_private(tmp_path / "keys.json", "secret", mode)
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == mode


@posix
def test_it_is_private_while_it_is_written(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(stat.S_IMODE(os.fstat(handle).st_mode)))
    write_private(tmp_path / "keys.json", "secret", 0o644)
    assert seen == [0o600]


@pytest.mark.parametrize("broken", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_cannot_be_written_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, broken):
    def fail(_):
        raise broken

    (tmp_path / "keys.json").write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(broken)):
        write_private(tmp_path / "keys.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("keys.json", "old")]


def test_a_text_that_is_no_text_leaves_nothing(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "keys.json", "\ud800")
    assert not list(tmp_path.iterdir())
