"""Stage ``train``: fine-tune the network on the training photos; validation photos only watch.

It begins with ImageNet's weights, or, in a quick round, with the network of a promoted bundle (``start_from``).
Phases go from small to large photos with the first stages frozen, which buys several times the epochs on two cores.
A killed run goes on from its last finished epoch when the stage is started again with the same settings and photos.
One that is done is not done again: photos that others learn from, and other words about them, train no network anew.
``--devices`` and ``--nodes`` train in several processes, which Lightning or torchrun starts.
"""

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import click
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import rank_zero_only

from training.artifacts.files import CLASSES_FILE, HISTORY_FILE, NETWORK_FILE, read_splits, refusing
from training.fit.trainer import REFUSALS, TrainingRun, fit, metrics_log, remove_run
from training.settings import Phase, read_params
from training.warm_start.kept_networks import find_network


class PhaseStart(pl.Callback):
    """Says which phase begins; Lightning's bar counts epochs only."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self._phases = phases

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Print a line above the bar before the first epoch of a phase."""
        first = 0
        for number, phase in enumerate(self._phases, start=1):
            if trainer.current_epoch == first:
                pl_module.print(f"phase {number} of {len(self._phases)}: {phase.epochs} epochs at {phase.side_px} px")
            first += phase.epochs


@click.command()
@click.option("--devices", type=int, default=1, help="Processes on each machine: cores or GPUs.")
@click.option("--nodes", type=int, default=1, help="Machines; torchrun starts the stage on each.")
@refusing(*REFUSALS)
def main(devices: int, nodes: int) -> None:
    """Train the network that ``params.yaml`` describes, and write it down."""
    # Advice on worker counts and on loggers, meant for interactive use.
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    # Lightning advertises a service.
    logging.getLogger("pytorch_lightning.utilities.rank_zero").addFilter(lambda record: "Tip:" not in str(record.msg))
    params = read_params().train.of_this_round()
    if params.start_from is not None and not params.phases:
        write_down(torch.load(find_network(params.start_from), weights_only=True))
        HISTORY_FILE.touch()
        print(f"train: the network stays that of {params.start_from}; the head alone learns")
        return
    run = TrainingRun.of(read_splits("train"), read_splits("val"), params)
    if NETWORK_FILE.exists() and torch.load(NETWORK_FILE, weights_only=True).get("run") == run.id:
        print(f"train: {NETWORK_FILE} is of these photos, settings and code already")
        return
    network = fit(run, devices=devices, nodes=nodes, callbacks=[PhaseStart(params.phases)])
    if rank_zero_only.rank:  # type: ignore[attr-defined]
        return
    weights = network.state_dict()
    HISTORY_FILE.parent.mkdir(parents=True, exist_ok=True)
    metrics_log(run.id).to_csv(HISTORY_FILE)
    write_down({"run": run.id, "backbone": params.backbone, "weights": weights, "classes": run.classes})
    remove_run(run.id)


def write_down(network: Mapping[str, Any]) -> None:
    """Write a network for the stages that follow."""
    for file in (NETWORK_FILE, HISTORY_FILE):
        file.parent.mkdir(parents=True, exist_ok=True)
    CLASSES_FILE.write_text(json.dumps(network["classes"], indent=2) + "\n", encoding="utf-8")
    # Last, and in one step: a run whose network is there is not done again.
    torch.save(network, unfinished := NETWORK_FILE.with_suffix(".part"))
    unfinished.replace(NETWORK_FILE)
