"""Stage ``leave_out``: short trainings without some places each; what their networks see of all photos is kept.

A quick round takes over those of the bundle that it begins with.
"""

from training.artifacts.files import PLACES_DIR, refusing
from training.fit.trainer import REFUSALS
from training.places.answer_table import taken_over
from training.places.networks import train_all
from training.settings import read_params


@refusing(*REFUSALS)
def main() -> None:
    """Run the stage; killed, it goes on where it was."""
    params = read_params()
    if taken_over(params.train):
        PLACES_DIR.mkdir(parents=True, exist_ok=True)
        print(f"leave_out: a quick round takes over the places of {params.train.start_from}")
        return
    for file in train_all(params):
        print(f"leave_out: {file}, {file.stat().st_size / 1e6:.1f} MB")
