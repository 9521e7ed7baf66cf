"""Go back to the bundle that ran before.

    python -m training.release.rollback --reason "too many refusals"

Said twice, it returns to where it began. The next ``dvc repro`` does not promote again what was taken back.
"""

import argparse
import sys

from majani.errors import BundleError
from training.artifacts import CURRENT_DIR
from training.release.registry import RECORD_FILE, NothingBeforeError, roll_back


def main() -> int:
    """Exchange the bundles and say what to do next; exit status 1 if there is no former bundle."""
    parser = argparse.ArgumentParser(
        prog="python -m training.release.rollback", description="Back to the former bundle."
    )
    parser.add_argument("--reason", default="", help=f"for {RECORD_FILE}")
    reason = parser.parse_args().reason
    try:
        version, before = roll_back(current=CURRENT_DIR, reason=reason)
    except (NothingBeforeError, BundleError) as error:
        print(f"rollback: {error.code}: {error}", file=sys.stderr)
        return 1
    print(f"rollback: {CURRENT_DIR} holds {version} again, instead of {before}; send SIGHUP to the service")
    return 0


if __name__ == "__main__":
    sys.exit(main())
