"""Stage ``soft_labels``: out-of-fold soft labels for training photos whose labels are known to be unsound."""

import shutil
import sys
import warnings

from training.artifacts import SOFT_LABELS_FILE, read_splits
from training.fit.soft_labels import cached_soft_labels
from training.fit.trainer import REFUSALS
from training.settings import read_params


def main() -> None:
    """Run the stage, or take what it found of the same photos with the same settings."""
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    params = read_params()
    try:
        kept = cached_soft_labels(read_splits("train"), params=params.soft_labels, train=params.train)
    except REFUSALS as error:
        sys.exit(f"soft_labels: {error}")
    SOFT_LABELS_FILE.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, SOFT_LABELS_FILE)


if __name__ == "__main__":
    main()
