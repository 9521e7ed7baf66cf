"""What stops a run as a whole; whatever concerns one photo is a row instead."""

from collections.abc import Callable

from majani.errors import ErrorCode, MajaniError


class BulkError(MajaniError):
    """The run cannot begin or cannot go on; files that are written stay good, and it can be started again."""

    def __reduce__(self) -> tuple[Callable[..., "BulkError"], tuple[ErrorCode, str]]:
        # Exceptions travel between processes as their class and its arguments, of which the base keeps one only.
        return BulkError, (self.code, str(self))
