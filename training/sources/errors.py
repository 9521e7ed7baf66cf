"""Why a source has no photos."""

from enum import StrEnum

from majani.errors import RefusedError


class FetchCode(StrEnum):
    """What failed, for scripts that read the stage's output."""

    NO_DIRECT_LINK = "no_direct_link"
    LAYOUT_UNEXPECTED = "layout_unexpected"
    ARCHIVES_UNEXPECTED = "archives_unexpected"
    FILES_UNUSABLE = "files_unusable"
    DOWNLOAD_FAILED = "download_failed"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_UNSAFE = "archive_unsafe"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    ROOT_NOT_FOUND = "root_not_found"


class FetchError(RefusedError):
    """One source cannot be fetched; the others can."""

    def __init__(self, code: FetchCode, message: str) -> None:
        super().__init__(message)
        self.code = code
