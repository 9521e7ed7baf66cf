"""Registry of the running bundle: promote one to ``models/current``, roll back to the former one, record both.

The former bundle stays beside it, so a rollback needs neither a repository nor a network. Whole folders are renamed: a
reader of ``models/current`` finds one bundle or the other, for a moment none, and never half of each. The next call
completes an exchange that a kill cut off.
"""

import csv
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import click

from majani.errors import BundleError
from majani.frozen import FrozenModel
from majani.model.bundle import CARD_FILE, MANIFEST_FILE, Bundle, read_bundle, write_bundle
from training.artifacts.files import CURRENT_DIR

RECORD_FILE = Path("reports/promotions.csv")
_FORMER, _INCOMING, _LEAVING = "former", ".incoming", ".leaving"


class NothingBeforeError(Exception):
    """There is no former bundle to go back to."""

    code = "no_former_bundle"


class Change(FrozenModel):
    """One line of the record: the bundle ``version`` that runs from then on, and the one ``before``, empty if none."""

    changed_on: date
    did: Literal["promoted", "rolled_back"]
    version: str
    before: str
    reason: str


def former_of(current: Path) -> Path:
    """Where the bundle lies that ran before the one in ``current``."""
    return current.with_name(_FORMER)


def promote_bundle(bundle: Bundle, card: str, *, current: Path, reason: str) -> None:
    """Make a verified bundle the running one, with its model card; the one that was stays as the former.

    For a bundle that runs already, only a missing line of the record is added.

    Raises:
        BundleError: If the bundle does not verify when it is read back.
    """
    complete_exchange(current)
    incoming, former = current.with_name(_INCOMING), former_of(current)
    shutil.rmtree(incoming, ignore_errors=True)
    write_bundle(bundle, incoming)
    (incoming / CARD_FILE).write_text(card, encoding="utf-8")
    read_bundle(incoming)
    version, before = bundle.manifest.version, version_of(current)
    if version == before:
        shutil.rmtree(incoming)
        if any(change.version == version for change in read_record()[-1:]):
            return
        before = version_of(former)
    else:
        if before:
            shutil.rmtree(former, ignore_errors=True)
            current.rename(former)
        incoming.rename(current)
    _write_down("promoted", version=version, before=before, reason=reason)


def roll_back(*, current: Path, reason: str) -> tuple[str, str]:
    """Exchange the running bundle and the former one.

    Returns:
        Version that runs now, version that ran before.

    Raises:
        NothingBeforeError: If there is no former bundle.
        BundleError: If the former bundle does not verify; then nothing is changed.
    """
    former = former_of(current)
    if current.with_name(_LEAVING).exists():  # this was said before, and cut off
        complete_exchange(current)
        return version_of(current), version_of(former)
    if not (former / MANIFEST_FILE).exists():
        raise NothingBeforeError(f"{former} holds no bundle; the history of the repository has all that were committed")
    version, before = read_bundle(former).manifest.version, version_of(current)
    # First: said again after it failed at its end, it would go forward again.
    _write_down("rolled_back", version=version, before=before, reason=reason)
    if before:
        current.rename(current.with_name(_LEAVING))
        complete_exchange(current)
    else:  # a promotion was cut off: the former bundle is the one that ran last
        former.rename(current)
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


def complete_exchange(current: Path) -> None:
    """Complete an exchange that was cut off: the leaving bundle is the former one as soon as its place is taken."""
    leaving, former = current.with_name(_LEAVING), former_of(current)
    if leaving.exists():
        if not current.exists():
            former.rename(current)
        leaving.rename(former)


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
    try:
        version, before = roll_back(current=CURRENT_DIR, reason=reason)
    except (NothingBeforeError, BundleError) as error:
        raise click.ClickException(f"{error.code}: {error}") from error
    print(f"rollback: {CURRENT_DIR} holds {version} again, instead of {before}; send SIGHUP to the service")
