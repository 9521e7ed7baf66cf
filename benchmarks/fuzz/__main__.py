"""Command line of :mod:`benchmarks.fuzz`."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import fuzz
from benchmarks.harness.measured import measured
from training.figures import record

_BUILD = Path("build/fuzz")
_FULL_S = 1200
# A loop that never ends is broken off here; what takes a second of CPU time ends the run by itself.
_STUCK_S = 60
_MEMORY_MB = 4096
# Not imported from the targets, whose modules have to be imported where they are instrumented.
_TARGETS = ("decoder", "case", "manifest")


def main() -> int:
    """Fuzz one target for a while in a process of its own, and publish a run of full length."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=fuzz.__doc__)
    parser.add_argument("target", choices=_TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--record", action="store_true", help=f"publish a run of at least {_FULL_S} s")
    wanted = parser.parse_args()
    folder = _BUILD / wanted.target
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "benchmarks.fuzz.run", wanted.target, f"{folder}/corpus"]
    options = [
        f"-max_total_time={wanted.seconds}",
        f"-timeout={_STUCK_S}",
        f"-rss_limit_mb={_MEMORY_MB}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    # libFuzzer ends its process at once, so what it needed is removed here.
    with tempfile.TemporaryDirectory(prefix="majani-fuzz-") as work:
        environment = {**os.environ, "TMPDIR": work}
        with subprocess.Popen(  # noqa: S603
            [*command, *options], stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            inputs = _follow(process)
    if not inputs:
        parser.error(f"the {wanted.target} reader was given nothing; is the extra `fuzz` installed?")
    findings = sorted(set(folder.iterdir()) - before)
    print(f"{wanted.target}: {inputs} inputs in {wanted.seconds} s, {len(findings)} crashes and hangs")
    print(*findings, sep="\n")
    if wanted.record and wanted.seconds >= _FULL_S:
        title = f"Coverage-guided fuzzing of the {wanted.target} reader: crashes and hangs above 1 s"
        again = f"python -m benchmarks.fuzz {wanted.target} --seconds {wanted.seconds} --record"
        record({f"fuzz.{wanted.target}": measured(title, len(findings), "inputs", n=inputs, command=again)})
    return 1 if findings or process.returncode else 0


def _follow(process: "subprocess.Popen[str]") -> int:
    """Show what libFuzzer says."""
    inputs = 0
    for line in process.stderr or ():
        if not line.startswith(('"', "INFO: Instr")) and ("pulse" in line or not line.startswith("#")):
            print(line, end="", flush=True)
        if count := re.match(r"#(\d+)|stat::number_of_executed_units:\s*(\d+)", line):
            inputs = max(inputs, int(count[1] or count[2]))
    return inputs


if __name__ == "__main__":
    sys.exit(main())
