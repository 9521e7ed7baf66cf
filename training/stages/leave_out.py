"""Stage ``leave_out``: short trainings without some places each; what their networks see of all photos is kept."""

import sys

from training.fit.trainer import REFUSALS
from training.places.networks import train_all
from training.settings import read_params


def main() -> None:
    """Run the stage; killed, it goes on where it was."""
    try:
        files = train_all(read_params())
    except REFUSALS as error:
        sys.exit(f"leave_out: {error}")
    for file in files:
        print(f"leave_out: {file}, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
