"""Errors that stop a whole run; an error of one photo becomes a row instead."""

from collections.abc import Callable

from majani.errors import ErrorCode, MajaniError


class BulkError(MajaniError):
    """The run cannot begin or cannot go on; files that are written stay good, and it can be started again."""

    def __reduce__(self) -> tuple[Callable[..., "BulkError"], tuple[ErrorCode, str]]:
        # Pickle passes on `args` alone, which lacks the code.
        return BulkError, (self.code, str(self))
