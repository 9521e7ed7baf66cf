"""Stage ``soft_labels``: out-of-fold soft labels for training photos whose labels are known to be unsound."""

import shutil
import warnings

from training.artifacts import OPINIONS_FILE, read_splits
from training.fit.soft_labels import kept_opinions
from training.settings import read_params


def main() -> None:
    """Run the stage, or take what it found of the same photos with the same settings."""
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    params = read_params()
    kept = kept_opinions(read_splits("train"), params=params.opinions, train=params.train)
    OPINIONS_FILE.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, OPINIONS_FILE)


if __name__ == "__main__":
    main()
