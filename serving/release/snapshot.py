"""A private copy of the bundle and the texts that belong together.

Workers load from it, also when one has to be replaced at night: never from the operator's folders, where somebody may
be half way through copying files.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from serving.settings import Settings, variable
from serving.texts import ADVICE_DIR, LANGUAGES_DIR, TAXONOMY_FILE

_PREFIX = "majani-release-"
# Locked for as long as a process lives that may load from the copy: the master, and every worker started from it.
_LOCK_FILE = "in-use"


class SnapshotError(Exception):
    """There is nothing to copy, or no room for it."""


@dataclass(frozen=True)
class Snapshot:
    """One copy; nobody changes it.

    Attributes:
        directory: Of this copy alone.
        lock: File descriptor that holds the lock; workers inherit it.
    """

    directory: Path
    lock: int = field(compare=False)

    @classmethod
    def take(cls, settings: Settings) -> Self:
        """Copy what ``settings`` name; other things in the folder of texts, such as photos, stay where they are.

        Raises:
            SnapshotError: If something is missing, or cannot be read or written.
        """
        try:
            directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
            snapshot = cls(directory, _locked(directory))
        except OSError as error:
            raise SnapshotError(f"there is no room for a copy: {error}") from error
        try:
            _copy_folder(settings.bundle, snapshot.bundle)
            snapshot.texts_dir.mkdir()
            shutil.copy(settings.texts_dir / TAXONOMY_FILE, snapshot.texts_dir)
            for name in (ADVICE_DIR, LANGUAGES_DIR):
                _copy_folder(settings.texts_dir / name, snapshot.texts_dir / name)
        except (OSError, shutil.Error) as error:
            snapshot.remove()
            raise SnapshotError(f"{settings.bundle} and {settings.texts_dir} cannot be copied: {error}") from error
        return snapshot

    @property
    def bundle(self) -> Path:
        """The copy of the bundle."""
        return self.directory / "bundle"

    @property
    def texts_dir(self) -> Path:
        """The copy of the folder of texts."""
        return self.directory / "texts"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead to this copy."""
        return {variable("bundle"): str(self.bundle), variable("texts_dir"): str(self.texts_dir)}

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.directory, ignore_errors=True)
        os.close(self.lock)


def remove_unused(snapshots: set[Snapshot], in_use: Iterable[Snapshot]) -> None:
    """Delete those that nobody loads from any more, and drop them from ``snapshots``."""
    for snapshot in snapshots.difference(in_use):
        snapshot.remove()
        snapshots.remove(snapshot)


def remove_abandoned() -> None:
    """Delete what servers have left behind that were killed, so that no disk fills up over the years."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Somebody else's, or gone in the meantime.
        with suppress(OSError):
            lock = os.open(directory / _LOCK_FILE, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)
            finally:
                os.close(lock)


def _locked(directory: Path) -> int:
    # Under another name until it is locked, or a server that starts at the same moment would take it for abandoned.
    unlocked = directory / f"{_LOCK_FILE}.new"
    lock = os.open(unlocked, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    unlocked.rename(directory / _LOCK_FILE)
    return lock


def _copy_folder(source: Path, target: Path) -> None:
    # Times stay behind: nobody asks for them, and not every file system takes them.
    shutil.copytree(source, target, copy_function=shutil.copyfile)
