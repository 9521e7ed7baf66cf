"""What one request may cost: its size is a setting, the rest is fixed here."""

from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import BadRequest

# Five photos, an empty input and a few fields; enough to say "too many photos" instead of "too large".
MAX_FORM_PARTS = 32


class MemoryRequest(Request):
    """A request whose files stay in memory.

    By default larger ones pass through a temporary file. A photo that nobody agreed to keep should not touch a disk,
    and the size of a request is bounded anyway.
    """

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON.

        Raises:
            werkzeug.exceptions.HTTPException: If it is none, or if its brackets lie deeper in each other than anybody
                needs.
        """
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError as error:
            raise BadRequest from error

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()
