"""How the C library hands out memory during training."""

import ctypes
import platform

# Names and numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8


def keep_freed_memory() -> None:
    """Let the process keep what it frees instead of giving it back to the system after every layer.

    A training step asks for the same hundreds of megabytes again and again, and getting them as fresh pages each time
    costs about a sixth of it. Does nothing where the C library is not glibc.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, 2**29), (_ARENA_MAX, 1)):
        mallopt(option, value)
