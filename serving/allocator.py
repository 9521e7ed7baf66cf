"""How the C library hands out memory in a process with many threads."""

import ctypes
import platform

# Name and number of glibc's malloc.h.
_ARENA_MAX = -8


def share_one_arena() -> None:
    """Let all threads take memory from one pool, and put it back there.

    By default each thread gets a pool of its own and keeps in it what one photo once needed; with a thread for each
    case that waits, a worker would grow to twice its size. Nothing is lost: one case at a time has its turn. Does
    nothing where the C library is not glibc. To be called before threads are started.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
