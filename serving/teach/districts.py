"""Bundles of districts: ``<district>/releases/<version>/``, and ``current``, a link to the one that answers.

All are heads on the network of the running bundle, so they share its session. Each process looks at the link when it is
asked about a district: a swap needs no restart. Where a district's bundle cannot be used, the running one answers.
"""

import fcntl
import json
import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from majani.decision.diagnoser import Diagnoser
from majani.errors import BundleError
from majani.model.bundle import MANIFEST_FILE, NamedId, read_bundle
from majani.model.link import point
from majani.model.signature import check_signature
from serving.persistence.models import SLUG_LENGTH

logger = logging.getLogger(__name__)

_CURRENT, _RELEASES, _FORMER = "current", "releases", "former"
# What a link leads to, and when the manifest there was written: to see that it is another bundle.
_State = tuple[str, int]
_VERSION = re.compile(r"\w[\w.+-]*")


def district_id(name: str) -> str:
    """What a district is called in addresses and folders, such as ``tana-river`` for "Tana River"; may be empty."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Letters, their marks, and numbers, of any script.
    spaced = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in folded)
    return "-".join(spaced.split())[:SLUG_LENGTH]


class Districts:
    """The districts of one installation; safe to share between threads.

    Args:
        directory: Of their folders; need not exist.
        base: Answers for all that have none of their own.
        key: Public key that bundles have to be signed with, if any.
    """

    def __init__(self, directory: Path, base: Diagnoser, *, key: str | None) -> None:
        self._directory, self._base, self._key = directory, base, key
        self._loading = Lock()
        self._loaded: dict[str, tuple[_State, Diagnoser | None]] = {}
        self._named: dict[str, tuple[_State, NamedId | None]] = {}

    def find(self, district: str | None) -> Diagnoser | None:
        """What answers in a district, by name or id; None where that is the running bundle."""
        key = district_id(district or "")
        if (state := self._state(key)) is None:
            return None
        with self._loading:
            if (known := self._loaded.get(key)) is None or known[0] != state:
                known = self._loaded[key] = (state, self._try(key, self._directory / key / _CURRENT))
        return known[1]

    def known(self, district: str | None) -> str | None:
        """Id of a district that has a folder here, whether or not its own bundle answers."""
        key = district_id(district or "")
        # A name of many bytes is none; pathlib would raise.
        return key if key and os.path.isdir(self._directory / key) else None  # noqa: PTH112

    def in_use(self) -> Mapping[str, NamedId]:
        """Districts that have a bundle of their own: the version by id and the name that it gives the district.

        None is loaded for that: of one that nobody has asked yet, it is not known whether it can be used.
        """
        found = sorted(path.name for path in self._directory.iterdir()) if self._directory.is_dir() else []
        named = ((key, self._name(key)) for key in found if key == district_id(key))
        return {key: one for key, one in named if one is not None}

    def use(self, district: str, folder: Path) -> str:
        """Copy the bundle in ``folder`` here and answer in ``district`` with it from now on; returns its version.

        Raises:
            BundleError: If it cannot be used, or the district's name has no letters; what answers goes on.
            OSError: If it cannot be copied.
        """
        key = district_id(district)
        if not key:
            raise BundleError(f"{district!r} is no name of a district")
        releases = self._directory / key / _RELEASES
        releases.mkdir(parents=True, exist_ok=True)
        with _alone(releases.parent), TemporaryDirectory(dir=releases, prefix=".") as place:
            copy = shutil.copytree(folder, Path(place) / "copy", copy_function=shutil.copyfile)
            version = self._load(copy).manifest.version
            if not _VERSION.fullmatch(version):
                raise BundleError(f"{version!r} is no version that a folder can be called after")
            if not (releases / version).exists():
                copy.rename(releases / version)
            # An earlier one of this version, which may have been changed since.
            self._load(releases / version)
            before = self.version(key)
            if before not in (None, version):
                with (self._directory / key / _FORMER).open("a", encoding="utf-8") as file:
                    file.write(f"{before}\n")
            self._point(key, version)
        logger.info("district %s: bundle %s answers after %s", key, version, before or "the running one")
        return version

    def go_back(self, district: str, *, of: str | None = None) -> str | None:
        """Answer in ``district`` with the version before; None if that is the running bundle, as before the first.

        With the version ``of`` which a person wants to be rid of, nothing changes where another one answers by now.
        """
        key = district_id(district)
        folder = self._directory / key
        if not key or not folder.is_dir():
            return None
        with _alone(folder):
            current = self.version(key)
            if of not in (None, current):
                return current
            former = folder / _FORMER
            versions = former.read_text(encoding="utf-8").split() if former.exists() else []
            # It stands there if a process was killed between two steps.
            while versions and versions[-1] == current:
                versions.pop()
            version = versions.pop() if versions else None
            self._point(key, version)
            former.write_text("".join(f"{one}\n" for one in versions), encoding="utf-8")
        logger.info("district %s: went back to %s", key, version or "the running bundle")
        return version

    def version(self, district: str) -> str | None:
        """The version that is to answer in a district; None without one of its own."""
        try:
            return (self._directory / district_id(district) / _CURRENT).readlink().name
        except OSError:
            return None

    def _state(self, key: str) -> _State | None:
        release = self._directory / key / _CURRENT
        try:
            return (str(release.readlink()), (release / MANIFEST_FILE).stat().st_mtime_ns) if key else None
        except (OSError, ValueError):
            return None

    def _name(self, key: str) -> NamedId | None:
        if (state := self._state(key)) is None or self._loaded.get(key) == (state, None):
            return None
        if (known := self._named.get(key)) is None or known[0] != state:
            known = self._named[key] = (state, _named(self._directory / key / _CURRENT / MANIFEST_FILE, key))
        return known[1]

    def _point(self, key: str, version: str | None) -> None:
        link = self._directory / key / _CURRENT
        if version is None:
            link.unlink(missing_ok=True)
        else:
            point(link, Path(_RELEASES, version))

    def _try(self, key: str, release: Path) -> Diagnoser | None:
        try:
            return self._load(release)
        except BundleError as error:
            logger.error("district %s: %s; bundle %s answers there", key, error, self._base.manifest.version)
            return None

    def _load(self, folder: Path) -> Diagnoser:
        if self._key is not None:
            check_signature(folder, self._key)
        bundle, base = read_bundle(folder), self._base.bundle
        # Phones take what the graph says of a condition to be of the one at the same place.
        ids, own = ([entry.id for entry in one.manifest.classes[:-2]] for one in (base, bundle))
        if own[: len(ids)] != ids:
            raise BundleError(
                f"bundle {bundle.manifest.version} has not the conditions of {base.manifest.version} first"
            )
        loaded = Diagnoser(bundle, on=self._base)
        # The network is in memory once, and phones fetch that file.
        network = bundle.manifest.model.network
        model = base.manifest.model.model_copy(update={"network": network})
        manifest = bundle.manifest.model_copy(update={"model": model})
        loaded.bundle, loaded.manifest = replace(bundle, model=base.model, manifest=manifest), manifest
        return loaded


def _named(manifest: Path, key: str) -> NamedId | None:
    try:
        written = json.loads(manifest.read_bytes())
        return NamedId(id=written["version"], name=(written.get("adapted_to") or {}).get("place", key))
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else change a district's files meanwhile, in no process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
