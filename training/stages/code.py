"""Stage ``code``: which code each stage depends on, as one hash a stage, so that it runs again when that changes.

DVC would see comments too, and would need the files of each stage by name.
"""

import json
from pathlib import Path

import yaml

from training.artifacts.files import CODE_FILE
from training.fingerprint import stage_fingerprint


def main() -> None:
    """Write the hashes."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    hashes = {name: stage_fingerprint(f"training.stages.{name}") for name in stages if name != "code"}
    CODE_FILE.write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")
