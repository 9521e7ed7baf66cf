"""Where else a training's metrics go: trackers that ``MAJANI_TRACKERS`` names, separated by commas.

They are a matter of the person who trains, so they change no fingerprint, and no stage runs again for them.
"""

import os
from collections.abc import Callable, Mapping

from pytorch_lightning.loggers import Logger, TensorBoardLogger

VARIABLE = "MAJANI_TRACKERS"


class TrackerError(Exception):
    """``MAJANI_TRACKERS`` names a tracker that is not known, or not installed."""


def _dvclive(run_id: str) -> Logger:
    from dvclive.lightning import DVCLiveLogger  # noqa: PLC0415 - an extra

    made: Logger = DVCLiveLogger(run_name=run_id, dir="build/dvclive")
    return made


_MAKERS: Mapping[str, Callable[[str], Logger]] = {
    "dvclive": _dvclive,
    "tensorboard": lambda run_id: TensorBoardLogger("build/tensorboard", name=run_id),
}


def trackers(run_id: str, environ: Mapping[str, str] = os.environ) -> list[Logger]:
    """A logger of Lightning for each tracker; TrackerError if one is not to be had."""
    found = []
    for name in filter(None, (name.strip() for name in environ.get(VARIABLE, "").split(","))):
        try:
            found.append(_MAKERS[name](run_id))
        except KeyError as error:
            raise TrackerError(f"{VARIABLE}: {name} is none of {', '.join(_MAKERS)}") from error
        except ModuleNotFoundError as error:
            raise TrackerError(f"{VARIABLE}: {name} is not installed; pip install 'majani[trackers]'") from error
    return found
