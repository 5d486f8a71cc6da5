"""Linux: forbid this process new sockets and new programs for good, by a filter in the kernel.

Source: Documentation/userspace-api/seccomp_filter.rst of the kernel; numbers of the calls from its
syscall tables. A call that is forbidden fails with EPERM, as for lack of permission.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, FAIL = 0x7FFF0000, 0x00050000
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the classic BPF machine
NUMBER_AT, ARCHITECTURE_AT = 0, 4  # in what the filter is shown
X32 = 0x40000000  # from here on: the calls of another form of the same machine

# architecture as the kernel names it; socket, execve, execveat, ptrace, io_uring_setup, process_vm_writev
CALLS = {
    "x86_64": (0xC000003E, (41, 59, 322, 101, 425, 311)),
    "aarch64": (0xC00000B7, (198, 221, 281, 117, 425, 271)),
}


def forbid_network_and_programs() -> bool:
    """Install the filter, and tell whether it is in force; not on other processors or old kernels."""
    known = CALLS.get(platform.machine())
    if known is None:
        return False
    program = _program(*known)
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    described = Program(len(program) // 8, program)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0)


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """Return the filter: calls of another architecture and those named fail, the rest is allowed."""
    count = len(calls)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 0, count + 3, architecture),
        (LOAD, 0, 0, NUMBER_AT),
        (AT_LEAST, count + 1, 0, X32),
        *((EQUAL, count - index, 0, call) for index, call in enumerate(calls)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FAIL | errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
