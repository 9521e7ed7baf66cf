"""Stage ``soft_labels``: out-of-fold soft labels for training photos whose labels are known to be unsound.

A quick round has none.
"""

import shutil
import warnings

from training.artifacts import SOFT_LABELS_FILE, read_splits, refusing
from training.fit.soft_labels import cached_soft_labels
from training.fit.trainer import REFUSALS
from training.settings import read_params


@refusing("soft_labels", *REFUSALS)
def main() -> None:
    """Run the stage, or take what it found of the same photos with the same settings."""
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    params = read_params()
    # Finding them takes longer than a quick round.
    none = {} if params.train.start_from is None else {"sources": ()}
    own = params.soft_labels.model_copy(update=none)
    kept = cached_soft_labels(read_splits("train"), params=own, train=params.train)
    SOFT_LABELS_FILE.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, SOFT_LABELS_FILE)


if __name__ == "__main__":
    main()
