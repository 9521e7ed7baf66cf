"""Registry of the running bundle: promote one, roll back to the former one, record both.

Bundles lie in ``models/releases/<version>``; ``models/current`` is a link to the one that runs, exchanged in one step.
The former one stays, so a rollback needs neither a repository nor a network.
"""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import click

from majani.errors import RefusedError
from majani.frozen import FrozenModel
from majani.model.bundle import MANIFEST_FILE, Bundle, read_bundle, write_bundle
from majani.model.link import point
from training.artifacts.files import CURRENT_DIR

RECORD_FILE = Path("reports/promotions.csv")
_RELEASES, _FORMER = "releases", "former"


class NothingBeforeError(RefusedError):
    """There is no former bundle to go back to."""

    code = "no_former_bundle"


class Change(FrozenModel):
    """One line of the record: the bundle ``version`` that runs from then on, and the one ``before``, empty if none."""

    changed_on: date
    did: Literal["promoted", "rolled_back"]
    version: str
    before: str
    reason: str


def promote_bundle(bundle: Bundle, pages: Mapping[str, str], *, current: Path, reason: str) -> None:
    """Make a verified bundle the running one, with its model card and other ``pages``, by file name.

    For a bundle that runs already, only a missing line of the record is added.

    Raises:
        BundleError: If the bundle does not verify when it is read back; then nothing is changed.
    """
    _take_over_folders(current)
    version, before = bundle.manifest.version, version_of(current)
    if version != before:
        release = _release(current, version)
        shutil.rmtree(release, ignore_errors=True)
        write_bundle(bundle, release)
        for name, text in pages.items():
            (release / name).write_text(text, encoding="utf-8")
        read_bundle(release)
    # First, so that a promotion that was cut off can be said again; then the line is there.
    if not any(change.version == version for change in read_record()[-1:]):
        _write_down("promoted", version=version, before=before if version != before else "", reason=reason)
    if version != before:
        point(current, Path(_RELEASES, version))


def roll_back(*, current: Path, reason: str) -> tuple[str, str]:
    """Let the bundle run that ran before the last change.

    Returns:
        Version that runs now, version that ran before.

    Raises:
        NothingBeforeError: If there is no former bundle.
        BundleError: If the former bundle does not verify; then nothing is changed.
    """
    _take_over_folders(current)
    last = next(reversed(read_record()), None)
    # Such a rollback was cut off after its line: it is completed.
    is_cut_off = last is not None and last.did == "rolled_back" and last.version != version_of(current)
    before, version = (last.version, last.before) if last is not None else ("", "")
    if is_cut_off:
        before, version = version, before
    release = _release(current, version or "none")
    if not (release / MANIFEST_FILE).exists():
        raise NothingBeforeError(f"no bundle in {release}; the history of the repository has all that were committed")
    read_bundle(release)
    if not is_cut_off:
        # First: said again after it failed at its end, it would go forward again.
        _write_down("rolled_back", version=version, before=before, reason=reason)
    point(current, Path(_RELEASES, version))
    return version, before


def read_record() -> Sequence[Change]:
    """All changes, the oldest first."""
    if not RECORD_FILE.exists():
        return ()
    with RECORD_FILE.open(encoding="utf-8", newline="") as file:
        return [Change.model_validate(row) for row in csv.DictReader(file)]


def was_rolled_back(version: str) -> bool:
    """Whether the last change of this bundle was a rollback from it.

    The day in front of a version does not count: calibrated again on another day, it is the same model with the same
    rules.
    """
    made = _without_day(version)
    for change in reversed(read_record()):
        if _without_day(change.version) == made:
            return False
        if _without_day(change.before) == made and change.did == "rolled_back":
            return True
    return False


def _without_day(version: str) -> str:
    return version.rpartition("-")[2]


def _release(current: Path, version: str) -> Path:
    return current.with_name(_RELEASES) / version


def _take_over_folders(current: Path) -> None:
    """Move the folders of 0.3.0 to where versions lie; ``current`` is absent for a moment, this once."""
    for folder in (current.with_name(_FORMER), current):
        if folder.is_dir() and not folder.is_symlink():
            release = _release(current, version_of(folder) or "none")
            release.parent.mkdir(exist_ok=True)
            shutil.rmtree(release, ignore_errors=True)
            folder.rename(release)
            if folder == current:
                point(current, Path(_RELEASES, release.name))


def version_of(directory: Path) -> str:
    """What a bundle says that it is, even if it is damaged, so that it can be replaced; empty if there is none."""
    try:
        return str(json.loads((directory / MANIFEST_FILE).read_bytes())["version"])
    except FileNotFoundError:
        return ""
    except (KeyError, TypeError, ValueError):
        return "damaged"


def _write_down(did: Literal["promoted", "rolled_back"], *, version: str, before: str, reason: str) -> None:
    change = Change(changed_on=datetime.now(UTC).date(), did=did, version=version, before=before, reason=reason)
    RECORD_FILE.parent.mkdir(parents=True, exist_ok=True)
    is_new = not RECORD_FILE.exists()
    with RECORD_FILE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(Change.model_fields), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(change.model_dump(mode="json"))


@click.command()
@click.option("--reason", default="", help=f"For {RECORD_FILE}.")
def main(reason: str) -> None:
    """Go back to the bundle that ran before; said twice, to where it began. `dvc repro` promotes it no more."""
    version, before = roll_back(current=CURRENT_DIR, reason=reason)
    print(f"rollback: {CURRENT_DIR} holds {version} again, instead of {before}; send SIGHUP to the service")
