"""A private copy of the bundle and the texts that belong together.

Workers load from it, also when one has to be replaced at night: never from the operator's folders, where somebody may
be half way through copying files.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from serving.i18n.texts import ADVICE_DIR, LANGUAGES_DIR, TAXONOMY_FILE
from serving.settings import Settings, variable
from serving.telemetry import private_folder

_PREFIX = "majani-release-"


class SnapshotError(Exception):
    """There is nothing to copy, or no room for it."""


@dataclass(frozen=True)
class Snapshot:
    """One copy; nobody changes it.

    Attributes:
        directory: Of this copy alone.
        lock: Of the directory, see :mod:`serving.telemetry.private_folder`; workers inherit it.
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
            snapshot = cls(*private_folder.make(_PREFIX, Path(tempfile.gettempdir())))
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
        snapshot._copy_challenger(settings)
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
    def shadow_dir(self) -> Path:
        """The copy of the challenger, where there is one."""
        return self.directory / "shadow"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead to this copy."""
        own = {variable("bundle"): str(self.bundle), variable("texts_dir"): str(self.texts_dir)}
        return own | ({variable("shadow_dir"): str(self.shadow_dir)} if self.shadow_dir.exists() else {})

    def _copy_challenger(self, settings: Settings) -> None:
        """With what is there of it: nobody is answered from a challenger, so a bad one keeps nothing from going on."""
        if settings.shadow_dir is None:
            return
        with suppress(OSError, shutil.Error):
            self.shadow_dir.mkdir()
            shutil.copytree(settings.shadow_dir, self.shadow_dir, copy_function=shutil.copyfile, dirs_exist_ok=True)

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
    """Delete the copies of servers that were killed."""
    private_folder.remove_abandoned(_PREFIX, Path(tempfile.gettempdir()))


def _copy_folder(source: Path, target: Path) -> None:
    # Times stay behind: nobody asks for them, and not every file system takes them.
    shutil.copytree(source, target, copy_function=shutil.copyfile)
