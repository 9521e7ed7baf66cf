"""The same rows by way of a real Ray cluster, which lives on this machine and in a process of its own."""

import subprocess
import sys
from pathlib import Path

from tests.majani.bulk.conftest import Done, rows


def test_gives_the_same_rows_as_this_machines_cores(whole: Done, tmp_path: Path, tiny_bundle_dir: Path) -> None:
    command = [Path(sys.executable).with_name("majani"), "bulk", whole.archive, tmp_path]
    command += ["--engine", "ray", "--processes", "2", "--photos-per-file", "2", "--bundle", tiny_bundle_dir]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(whole.rows)
    assert "5 photos, 1 of them with an error." in done.stderr
