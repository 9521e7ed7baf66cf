"""The README's commands, as typed in the repository's folder."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.absence import absent
from tests.serving.live import ROOT, serve


def test_its_leaf_is_asked_about_as_typed(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        absent("curl is not installed")
    commands = re.findall(
        r"^(curl .*|\S*majani diagnose [^#\n]*)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(commands) == 2
    url = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    with serve(ROOT / "models/current", database_url=url, photos_url=tmp_path / "photos", log_level="ERROR") as server:
        typed = commands[0].replace("curl ", "curl --fail --silent ").replace("http://localhost:8000", server.url)
        said = json.loads(subprocess.run(typed.split(), cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    typed = commands[1].replace(".venv/bin/majani", str(Path(sys.executable).with_name("majani"))) + " --json"
    told = json.loads(subprocess.run(typed.split(), cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert said["condition"]["id"] == "groundnut.rust"
    assert said["crop_hint"] == "groundnut"
    assert told["outcome"] == said["outcome"]
