"""Stage ``leave_out``: short trainings without some places each; what their networks see of all photos is kept.

A quick round takes over those of the bundle that it begins with.
"""

import sys

from training.artifacts import PLACES_DIR
from training.fit.trainer import REFUSALS
from training.places.carried import taken_over
from training.places.networks import train_all
from training.settings import read_params


def main() -> None:
    """Run the stage; killed, it goes on where it was."""
    params = read_params()
    try:
        if taken_over(params.train):
            PLACES_DIR.mkdir(parents=True, exist_ok=True)
            print(f"leave_out: a quick round takes over the places of {params.train.start_from}")
            return
        files = train_all(params)
    except REFUSALS as error:
        sys.exit(f"leave_out: {error}")
    for file in files:
        print(f"leave_out: {file}, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
