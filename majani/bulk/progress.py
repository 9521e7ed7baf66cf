"""Progress of a run: a line that is redrawn on a terminal, a new line every 30 s in a log."""

import sys
import time

import click

_EVERY_S = 30.0


class Progress:
    """Shows photos done of photos in all on stderr."""

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self._shown_s = float("-inf")
        self._at_start: int | None = None

    def __call__(self, done: int, photos: int) -> None:
        """Show it, if it is time again or the last; an earlier run's photos count as done."""
        self._at_start = done if self._at_start is None else self._at_start
        now_s = time.monotonic()
        is_terminal = sys.stderr.isatty()
        if not is_terminal and done < photos and now_s - self._shown_s < _EVERY_S:
            return
        self._shown_s = now_s
        per_s = (done - self._at_start) / max(now_s - self._begun_s, 1e-9)
        line = f"{done} of {photos} photos, {per_s:.0f} per second"
        # A line is drawn over the one before; the last one stays.
        click.echo(f"\r{line:60}" if is_terminal else line, err=True, nl=not is_terminal or done == photos)
