"""Linux: forbid this process for good what reading a file does not need, by a filter in the kernel.

Forbidden are sockets, programs and processes, every change to files, signals to others, and whatever
reaches into other processes or into the system. A thread may be started and a file opened to be read.

Source: Documentation/userspace-api/seccomp_filter.rst of the kernel; numbers of the calls from its
syscall tables. A call that is forbidden fails with EPERM, as for lack of permission.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, FAIL = 0x7FFF0000, 0x00050000
# Instructions of the classic BPF machine: each jump skips as many as it says when it holds, or when not.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16  # in what the filter is shown; an argument has 8 bytes
X32 = 0x40000000  # from here on: the calls of another form of the same machine

# architecture as the kernel names it, and which column of the table below is its own
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
NONE = -1  # a call that a machine does not have
FORBIDDEN = {
    # other computers and other programs
    "socket": (41, 198), "socketpair": (53, 199), "execve": (59, 221), "execveat": (322, 281),
    "fork": (57, NONE), "vfork": (58, NONE), "unshare": (272, 97), "setns": (308, 268),
    # other processes: their memory, their descriptors, signals to them
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "tkill": (200, 130), "kcmp": (312, 272), "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # files: nothing is made, changed, moved or removed
    "creat": (85, NONE), "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47),
    "rename": (82, NONE), "renameat": (264, 38), "renameat2": (316, 276),
    "unlink": (87, NONE), "unlinkat": (263, 35), "rmdir": (84, NONE),
    "mkdir": (83, NONE), "mkdirat": (258, 34), "link": (86, NONE), "linkat": (265, 37),
    "symlink": (88, NONE), "symlinkat": (266, 36), "mknod": (133, NONE), "mknodat": (259, 33),
    "chmod": (90, NONE), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, NONE), "fchown": (93, 55), "lchown": (94, NONE), "fchownat": (260, 54),
    "utime": (132, NONE), "utimes": (235, NONE), "futimesat": (261, NONE), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "open_by_handle_at": (304, 265),
    # the system
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "memfd_create": (319, 279),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "quotactl": (179, 60), "personality": (135, 92), "syslog": (103, 116),
}  # fmt: skip
# Their arguments lie behind a pointer, where a filter cannot look. The C library does without them.
UNKNOWN = {"clone3": (435, 435), "openat2": (437, 437)}
OPEN, OPENAT, CLONE = (2, NONE), (257, 56), (56, 220)
KILL, TGKILL, PRLIMIT, FCNTL, IOCTL = (62, 129), (234, 131), (302, 261), (72, 25), (16, 29)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CLONE_THREAD = 0x10000
F_SETOWN, F_SETOWN_EX, TIOCSTI = 8, 15, 0x5412  # signals by way of a file; letters typed into a terminal

Step = tuple[int, int, int, int]


def forbid_all_but_reading() -> bool:
    """Install the filter, and tell whether it is in force; not on other processors or old kernels."""
    known = MACHINES.get(platform.machine())
    if known is None:
        return False
    program = _program(*known, os.getpid())
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    described = Program(len(program) // 8, program)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0)


def _program(architecture: int, column: int, own: int) -> bytes:
    """Return the filter: calls of another architecture and those named fail, the rest is allowed."""
    numbers = sorted(call[column] for call in FORBIDDEN.values() if call[column] != NONE)
    refusal = (RETURN, 0, 0, FAIL | errno.EPERM)
    steps: list[Step] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, architecture),
        refusal,
        (LOAD, 0, 0, NUMBER_AT),
        (AT_LEAST, 0, 1, X32),
        refusal,
    ]
    for call in numbers:
        steps += [(EQUAL, 0, 1, call), refusal]
    for calls in UNKNOWN.values():
        steps += [(EQUAL, 0, 1, calls[column]), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    for calls, argument, wanted, tests in (
        (OPEN, 1, False, [(ANY_BIT, WRITING)]),
        (OPENAT, 2, False, [(ANY_BIT, WRITING)]),
        (CLONE, 0, True, [(ANY_BIT, CLONE_THREAD)]),
        (KILL, 0, True, [(EQUAL, own)]),
        (TGKILL, 0, True, [(EQUAL, own)]),
        (PRLIMIT, 0, True, [(EQUAL, 0), (EQUAL, own)]),
        (FCNTL, 1, False, [(EQUAL, F_SETOWN), (EQUAL, F_SETOWN_EX)]),
        (IOCTL, 1, False, [(EQUAL, TIOCSTI)]),
    ):
        if calls[column] != NONE:
            steps += _by_argument(calls[column], argument, tests, wanted=wanted)
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _by_argument(
    call: int, argument: int, tests: Sequence[tuple[int, int]], *, wanted: bool
) -> Iterable[Step]:
    """Return the steps for one call: allowed if any test of its argument holds, or, not `wanted`, if none.

    The lower half of the argument is looked at: these are ints, and both machines store that half first.
    """
    count = len(tests)
    holds, fails = ALLOW, FAIL | errno.EPERM
    if not wanted:
        holds, fails = fails, holds
    return [
        (EQUAL, 0, count + 3, call),
        (LOAD, 0, 0, ARGUMENTS_AT + 8 * argument),
        *((kind, count - index, 0, value) for index, (kind, value) in enumerate(tests)),
        (RETURN, 0, 0, fails),
        (RETURN, 0, 0, holds),
    ]
