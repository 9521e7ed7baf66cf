"""The private copy of bundle and texts that all workers load, and its replacement on SIGHUP.

Workers never load from the operator's folders: an operator may be half way through copying files there when a worker
has to be replaced, and gunicorn replaces all of them at SIGHUP, whatever the check of the new files says. gunicorn's
master makes the copies; its workers inherit the environment that leads to the current one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from itertools import count
from logging import Logger
from pathlib import Path

from serving.i18n.texts import ADVICE_DIR, LANGUAGES_DIR, TAXONOMY_FILE
from serving.settings import Settings, variable
from serving.telemetry import private_folder
from serving.telemetry.multiprocess import DIRECTORY_VARIABLE

# A check takes two seconds on an idle machine. gunicorn's master does nothing else meanwhile.
CHECK_TIMEOUT_S = 60
_CHECK = (sys.executable, "-m", "flask", "--app", "serving.app", "bundle", "check")
_PREFIX = "majani-release-"


class Releases:
    """The copies of one server; lives in gunicorn's master."""

    def __init__(self, settings: Settings) -> None:
        """Make the first copy, or raise OSError. gunicorn gives up if its first workers cannot load it."""
        parent = Path(tempfile.gettempdir())
        private_folder.remove_abandoned(_PREFIX, parent)
        self._settings = settings
        # The master keeps the lock for as long as it lives.
        self._root, _lock = private_folder.make(_PREFIX, parent)
        private_folder.remove_at_exit(self._root)
        self._numbers = count(1)
        self._current = self._copy()
        os.environ.update(environment_of(self._current))

    def renew(self, log: Logger) -> None:
        """Go over to what the operator's folders contain now, if the service can answer from it."""
        try:
            new = self._copy()
        except OSError as error:
            log.error("not swapped: %s", error)
            return
        is_good, message = self._check(new)
        if not is_good:
            _remove(new)
            log.error("not swapped: %s", message)
            return
        log.info("swapping: %s", message)
        old, self._current = self._current, new
        os.environ.update(environment_of(new))
        _remove(old)

    def _copy(self) -> Path:
        directory = self._root / str(next(self._numbers))
        copy(self._settings, directory)
        return directory

    def _check(self, directory: Path) -> tuple[bool, str]:
        """Run ``bundle check`` on a copy; returns whether it can answer, and what it printed, in one line."""
        environment = {name: value for name, value in os.environ.items() if name != DIRECTORY_VARIABLE}
        try:
            check = subprocess.run(  # noqa: S603 - our own command
                _CHECK,
                env=environment | environment_of(directory),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=CHECK_TIMEOUT_S,
                check=False,
                encoding="utf-8",
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return False, f"the check broke off: {error}"
        # The operator does not know the paths of the copy.
        output = check.stdout.replace(str(directory / "bundle"), str(self._settings.bundle)).replace(
            str(directory / "texts_dir"), str(self._settings.texts_dir)
        )
        said = " ".join((output.partition("Error: ")[2] or output).split())
        return check.returncode == 0, said or f"the check ended with {check.returncode}"


def copy(settings: Settings, directory: Path) -> None:
    """Copy what ``settings`` name into ``directory``, which must be absent; raises OSError if it cannot be done."""
    texts, to = settings.texts_dir, directory / "texts_dir"
    try:
        # Do not copy times, because some file systems refuse them.
        # A link may be exchanged meanwhile: one version is copied, not files of two.
        shutil.copytree(settings.bundle.resolve(), directory / "bundle", copy_function=shutil.copyfile)
        for name in (ADVICE_DIR, LANGUAGES_DIR):
            shutil.copytree(texts / name, to / name, copy_function=shutil.copyfile)
        shutil.copyfile(texts / TAXONOMY_FILE, to / TAXONOMY_FILE)
        if settings.boundaries is not None:
            shutil.copyfile(settings.boundaries, directory / "boundaries")
    except OSError:
        _remove(directory)
        raise


def environment_of(directory: Path) -> dict[str, str]:
    """The settings that lead to a copy, whose entries have their names."""
    return {variable(path.name): str(path) for path in directory.iterdir()}


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
