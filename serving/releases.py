"""The private copy of bundle and texts that all workers load, and its replacement on SIGHUP.

Workers never load from the operator's folders: an operator may be half way through copying files there when a worker
has to be replaced. gunicorn's master makes the copies; its workers inherit the environment that leads to the current
one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Release:
    """One copy of bundle, texts and, where there are any, the boundaries."""

    directory: Path

    @classmethod
    def copy(cls, settings: Settings, directory: Path) -> "Release":
        """Copy what ``settings`` name into ``directory``, which must be absent; raises OSError if it cannot be done."""
        release = cls(directory)
        try:
            _copy_folder(settings.bundle, directory / "bundle")
            (directory / "texts").mkdir()
            shutil.copy(settings.texts_dir / TAXONOMY_FILE, directory / "texts")
            for name in (ADVICE_DIR, LANGUAGES_DIR):
                _copy_folder(settings.texts_dir / name, directory / "texts" / name)
            if settings.boundaries is not None:
                shutil.copy(settings.boundaries, directory / "boundaries")
        except OSError:
            release.remove()
            raise
        return release

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead to this copy."""
        own = {variable("bundle"): str(self.directory / "bundle"), variable("texts_dir"): str(self.directory / "texts")}
        optional = {name: self.directory / name for name in ("shadow_dir", "boundaries")}
        return own | {variable(name): str(path) for name, path in optional.items() if path.exists()}

    def remove(self) -> None:
        """Delete the copy."""
        shutil.rmtree(self.directory, ignore_errors=True)


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
        os.environ.update(self._current.environment)

    def renew(self, log: Logger) -> None:
        """Go over to what the operator's folders contain now, if the service can answer from it."""
        try:
            new = self._copy()
        except OSError as error:
            log.error("not swapped: %s", error)
            return
        is_good, message = self._check(new)
        if not is_good:
            new.remove()
            log.error("not swapped: %s", message)
            return
        log.info("swapping: %s", message)
        old, self._current = self._current, new
        os.environ.update(new.environment)
        old.remove()

    def _copy(self) -> Release:
        return Release.copy(self._settings, self._root / str(next(self._numbers)))

    def _check(self, release: Release) -> tuple[bool, str]:
        """Run ``bundle check`` on a copy; returns whether it can answer, and the last line that the command printed."""
        environment = {name: value for name, value in os.environ.items() if name != DIRECTORY_VARIABLE}
        try:
            check = subprocess.run(  # noqa: S603 - our own command
                _CHECK,
                env=environment | release.environment,
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
        output = check.stdout.replace(str(release.directory / "bundle"), str(self._settings.bundle)).replace(
            str(release.directory / "texts"), str(self._settings.texts_dir)
        )
        return check.returncode == 0, output.strip().rpartition("\n")[2] or f"the check ended with {check.returncode}"


def _copy_folder(source: Path, target: Path) -> None:
    # Do not copy times, because some file systems refuse them.
    shutil.copytree(source, target, copy_function=shutil.copyfile)
