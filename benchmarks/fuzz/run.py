"""The process that is fuzzed: ``python -m benchmarks.fuzz.run TARGET CORPUS [libFuzzer's options]``."""

import sys
from pathlib import Path

import atheris

# What is imported here is instrumented, Pillow's own Python too; compiled code is not.
with atheris.instrument_imports(include=["majani", "serving", "PIL", "werkzeug.formparser", "werkzeug.sansio"]):
    from benchmarks.fuzz.targets import TARGETS, read_within_bound


def main() -> None:
    """Begin with the target's seeds and the findings of earlier runs."""
    program, name, corpus, *options = sys.argv
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        Path(corpus, f"seed-{number}").write_bytes(seed)
    findings = Path("tests/benchmarks/fuzz", name)
    folders = [corpus, *([str(findings)] if findings.exists() else [])]
    command = [program, *folders, f"-max_len={target.max_bytes}", *options]
    more = {} if target.mutate is None else {"custom_mutator": target.mutate}
    with target.opened() as read:
        atheris.Setup(command, lambda data: read_within_bound(read, data), **more)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
