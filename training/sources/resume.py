"""Where an answer's body belongs in a file of which the beginning is there already (RFC 9110: Range, If-Range).

Servers ignore ranges, change the file between two requests, or answer something else than was asked; whatever does not
fit exactly makes us begin anew, because a file spliced from two versions would be worse than a slow one.
"""

import re
from pathlib import Path

import requests


class BrokenOffError(Exception):
    """The body ended early, or what we have is no beginning of it; ask again."""


class Part:
    """The beginning of a file, with what its server said of the version it belongs to.

    Attributes:
        path: Where the bytes that have arrived lie; perhaps not yet there.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(target.name + ".part")
        self._version_path = target.with_name(target.name + ".version")

    @property
    def size_bytes(self) -> int:
        """How much has arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> tuple[str, str]:
        """Validator and size of the whole file, each empty if unknown."""
        if not self._version_path.exists():
            return "", ""
        validator, _, total = self._version_path.read_text(encoding="utf-8").partition("\n")
        return validator, total

    def request_headers(self) -> dict[str, str]:
        """What asks for the rest of this version, or for the whole of another."""
        headers = {"Accept-Encoding": "identity"}  # ranges count the bytes of the file itself
        if self.size_bytes:
            headers["Range"] = f"bytes={self.size_bytes}-"
            if validator := self.version[0]:
                headers["If-Range"] = validator
        return headers

    def begin(self, version: tuple[str, str]) -> None:
        """Forget what has arrived, in favour of this version."""
        self.discard()
        self._version_path.write_text("\n".join(version), encoding="utf-8")

    def discard(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)
        self._version_path.unlink(missing_ok=True)


def place(response: requests.Response, part: Part) -> int | None:
    """Decide from the head of an answer (200 or 206) where its body belongs, and cut ``part`` to that place.

    Returns:
        Size of the whole file, None if the server doesn't say.

    Raises:
        BrokenOffError: If what we have is no beginning of the file on the server; it is discarded.
    """
    validator = _validator(response)
    if response.status_code == requests.codes.ok:  # the whole file: it has changed, or ranges are not supported
        total = response.headers.get("Content-Length", "")
        part.begin((validator, total))
    else:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        start, total = match.groups() if match else ("", "")
        known_validator, known_total = part.version
        fits = start == str(part.size_bytes) and validator in ("", known_validator)
        if not fits or (known_total and total not in ("*", known_total)):
            part.discard()
            raise BrokenOffError
    return int(total) if total.isdecimal() else None


def is_whole(response: requests.Response, part: Part) -> bool:
    """Whether a refusal (416) means that there is no rest; ``part`` is discarded if it means anything else."""
    if response.headers.get("Content-Range") == f"bytes */{part.size_bytes}":
        return True
    part.discard()
    return False


def _validator(response: requests.Response) -> str:
    """What names this version of the file in If-Range: a strong ETag, else the date, else nothing."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
