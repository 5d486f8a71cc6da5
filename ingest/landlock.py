"""Linux: leave this process nothing but reading, and that only below some folders, by Landlock in the kernel.

It holds for machine code too, and for what a filter of system calls cannot see: which file is opened.
The memory and the secrets of other processes below `/proc`, and what lies in the user's folders, are
then out of reach.

Source: Documentation/userspace-api/landlock.rst of the kernel, from 5.13 on; what later versions can
forbid is forbidden where they are.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same number on every machine
VERSION, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
READ_FILE, READ_DIR = 1 << 2, 1 << 3
# How many rights on files there are by version: execute, write, read, list, remove, make, …; then moving
# between folders (2), truncating (3), requests to devices (5).
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
NETWORK_FROM, BIND_AND_CONNECT = 4, 0b11
SCOPES_FROM, SOCKETS_AND_SIGNALS = 6, 0b11
# What a library reads that is loaded while a file is read: the system's, the time zones, random bytes.
SYSTEM = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/ssl/openssl.cnf", "/etc/mime.types", "/etc/timezone", "/etc/fonts", "/sys/devices/system/cpu"),
    *(
        "/proc/self",
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/dev/null",
        "/dev/urandom",
        "/dev/random",
        "/dev/zero",
    ),
)


def version() -> int:
    """Return which version of Landlock the kernel has; 0 for none."""
    try:
        return max(0, int(_call(CREATE_RULESET, None, 0, VERSION)))
    except (AttributeError, OSError):
        return 0


def allow_reading_only(folders: Iterable[str]) -> bool:
    """Forbid every access to files but reading below `folders` and the system's; tell whether it is in force.

    It holds for this thread, those that it starts, and for good.
    """
    found = version()
    if not found:
        return False
    rights = (1 << RIGHTS[min(found, max(RIGHTS))]) - 1
    attributes = struct.pack("=Q", rights)
    if found >= NETWORK_FROM:
        attributes += struct.pack("=Q", BIND_AND_CONNECT)
    if found >= SCOPES_FROM:
        attributes += struct.pack("=Q", SOCKETS_AND_SIGNALS)
    rules = _call(CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for folder in (*SYSTEM, *folders):
            with contextlib.suppress(OSError):
                _allow(rules, folder)
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return not _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rights = READ_FILE | READ_DIR if is_folder else READ_FILE
        _call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call; -1 when it fails. Numbers go as 64 bits: a call is no ordinary function."""
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *given))
