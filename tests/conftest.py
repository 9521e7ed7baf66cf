"""Fixtures that every part of the suite shares: a tiny bundle, made-up pictures, the folder of real photos."""

import gc
import os
from pathlib import Path

# Before torch is imported, here or in a process that a test starts: two threads that wait for each other at every layer
# take many times as long where other tests run beside them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Manifest, write_bundle
from tests.absence import absent
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle

# No deadline: a busy machine is no bug.
settings.register_profile("majani", deadline=None)
settings.load_profile("majani")


def pytest_sessionstart() -> None:
    """What is imported until all tests are known stays: looking for garbage in it costs each process two seconds."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files that take long, so that no process ends alone with one."""
    slow = (
        "tests/training/test_pipeline",
        "tests/deploy/test_i",
        "tests/training/fit/",
        "tests/browser/",
        "tests/majani/bulk/",
        "tests/contract/",
        "tests/serving/test_",
        "tests/training/test_",
        "tests/deploy/",
    )
    items.sort(key=lambda item: next((at for at, place in enumerate(slow) if item.nodeid.startswith(place)), len(slow)))


@pytest.fixture(scope="session")
def tiny_bundle_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid bundle on disk that tells green, red and blue apart; see :mod:`tests.tiny_bundle`. Don't change it."""
    directory = tmp_path_factory.mktemp("bundle")
    write_bundle(tiny_bundle(), directory)
    return directory


@pytest.fixture(scope="session")
def tiny_manifest() -> Manifest:
    return tiny_bundle().manifest


@pytest.fixture(scope="session")
def diagnoser(tiny_bundle_dir: Path) -> Diagnoser:
    return Diagnoser.from_directory(tiny_bundle_dir)


@pytest.fixture(scope="session")
def pictures() -> PictureFactory:
    return PictureFactory()


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of real photos."""
    named = os.environ.get("MAJANI_MIRROR", "")
    if not named or not Path(named).is_dir():
        absent("MAJANI_MIRROR names no folder" if not named else f"MAJANI_MIRROR names {named!r}, which is no folder")
    return Path(named)
