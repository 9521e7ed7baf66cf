"""What is told of a backbone that works, and of one that does not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.mirror
def test_a_family_that_works_is_counted_and_a_refusal_is_no_failure(mirror: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.backbones", "test_resnet", "crossvit_9_240"]
    environment = {"MAJANI_MIRROR": str(mirror), "PATH": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    works, refused, count = done.stdout.splitlines()
    assert works.split()[:2] == ["test_resnet", "works:"]
    assert refused.split()[:3] == ["crossvit_9_240", "refused:", "backbone_unsuitable:"]
    assert count.split()[0] == "1"
