"""The same rows by way of a real Ray cluster, which lives on this machine and in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from majani.bulk.run import Summary
from tests.majani.bulk.conftest import rows


def bulk(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("majani")), "bulk", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=200)


def test_gives_the_same_rows_as_this_machines_cores(
    archive: Path, tmp_path: Path, tiny_bundle_dir: Path, start: Callable[..., Summary]
) -> None:
    start(archive, tmp_path / "local", photos_per_file=2)
    options = ("--engine", "ray", "--processes", 2, "--photos-per-file", 2, "--bundle", tiny_bundle_dir)
    done = bulk(archive, tmp_path / "ray", *options)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "ray") == rows(tmp_path / "local")
    assert "5 photos, 1 of them with an error." in done.stderr
