"""Stage ``leave_out``: short trainings without some places each; what their networks see of all photos is kept."""

import sys

from lightning_fabric.utilities.exceptions import MisconfigurationException

from training.fit.trackers import TrackerError
from training.model.network import WeightsError
from training.places.networks import train_all
from training.settings import read_params


def main() -> None:
    """Run the stage; killed, it goes on where it was."""
    try:
        files = train_all(read_params())
    except (MisconfigurationException, TrackerError, WeightsError) as error:
        sys.exit(f"leave_out: {error}")
    for file in files:
        print(f"leave_out: {file}, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
