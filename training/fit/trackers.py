"""Where else a training's metrics go: trackers that ``MAJANI_TRACKERS`` names, separated by commas.

They are a matter of the person who trains, so they change no fingerprint, and no stage runs again for them. Addresses
and accounts are set as each tracker wants it (``MLFLOW_TRACKING_URI``, ``WANDB_API_KEY``).
"""

import os
from collections.abc import Callable, Mapping

from pytorch_lightning.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

VARIABLE = "MAJANI_TRACKERS"


class TrackerError(Exception):
    """``MAJANI_TRACKERS`` names a tracker that is not known, or not installed."""


def _dvclive(run_id: str) -> Logger:
    from dvclive.lightning import DVCLiveLogger  # noqa: PLC0415 - an extra

    made: Logger = DVCLiveLogger(run_name=run_id, dir="build/dvclive")
    return made


def _mlflow(run_id: str) -> Logger:
    # Lightning's own default is a folder, which MLflow no longer takes.
    url = os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///build/mlflow.db")
    return MLFlowLogger(experiment_name="majani", run_name=run_id, tracking_uri=url)


_MAKERS: Mapping[str, Callable[[str], Logger]] = {
    "dvclive": _dvclive,
    "mlflow": _mlflow,
    "tensorboard": lambda run_id: TensorBoardLogger("build/tensorboard", name=run_id),
    "wandb": lambda run_id: WandbLogger(project="majani", name=run_id, id=run_id, resume="allow"),
}


def trackers(run_id: str, environ: Mapping[str, str] = os.environ) -> list[Logger]:
    """A logger of Lightning for each tracker; TrackerError if one is not to be had."""
    found = []
    for name in filter(None, (one.strip() for one in environ.get(VARIABLE, "").split(","))):
        try:
            found.append(_MAKERS[name](run_id))
        except KeyError as error:
            raise TrackerError(f"{VARIABLE}: {name} is none of {', '.join(_MAKERS)}") from error
        except ModuleNotFoundError as error:
            raise TrackerError(f"{VARIABLE}: {name} is not installed; pip install 'majani[trackers]'") from error
    return found
