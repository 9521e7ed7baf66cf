"""Whether the service could answer from a snapshot: tried in a process of its own, which may fail in any way."""

import json
import os
import signal
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

from pydantic import ValidationError

from majani.errors import MajaniError
from serving.release.snapshot import Snapshot
from serving.telemetry.multiprocess import DIRECTORY_VARIABLE

# A start takes two seconds; with what a busy machine of two cores leaves it, twenty times as long.
TIMEOUT_S = 120
# Farmers come first.
NICENESS = 10

_VERDICT_FILE = "verdict.json"
_OUTPUT_FILE = "check.log"


class Check:
    """A check under way; making one raises :exc:`OSError` if there is no room for its process or what it says.

    The verdict is a file, because the exit status of a child can be lost: gunicorn collects those of all children.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        environment = {name: value for name, value in os.environ.items() if name != DIRECTORY_VARIABLE}
        with (snapshot.directory / _OUTPUT_FILE).open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__, str(snapshot.directory / _VERDICT_FILE)],
                env=environment | snapshot.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def is_over(self) -> bool:
        """Whether there is a verdict, or will never be one."""
        return self._process.poll() is not None

    def cancel(self) -> None:
        """End it; the verdict does not matter any more."""
        self._process.kill()
        self._process.wait()

    def verdict(self) -> tuple[str | None, str]:
        """What came of it: the model's version, if the snapshot is good, or None and the reason."""
        try:
            version, reason = json.loads((self.snapshot.directory / _VERDICT_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None, f"the check broke off: {self._last_line()}"
        return version, reason

    def _last_line(self) -> str:
        try:
            output = (self.snapshot.directory / _OUTPUT_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            output = ""
        return output.strip().rpartition("\n")[2] or "it said nothing, or took too long"


def judge() -> tuple[str | None, str]:
    """Build the app as the environment says and have it answer.

    Returns:
        As :meth:`Check.verdict`.
    """
    # Everything that a server does when it starts; no other part of this module needs it.
    from serving.app import create_app  # noqa: PLC0415

    try:
        app = create_app()
    except (MajaniError, ValidationError) as error:
        return None, str(error)
    answer = app.test_client().get("/readyz")
    if answer.status_code != HTTPStatus.OK:
        return None, f"/readyz answers with {answer.status_code}"
    return json.loads(answer.data)["model_version"], ""


def main() -> None:
    """Write the verdict to the file that is named."""
    os.nice(NICENESS)
    # By itself, so that nobody has to watch it.
    signal.alarm(TIMEOUT_S)
    path = Path(sys.argv[1])
    written = path.with_suffix(".part")
    written.write_text(json.dumps(judge()), encoding="utf-8")
    written.replace(path)


if __name__ == "__main__":
    main()
