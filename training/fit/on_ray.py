"""Stage ``train`` on a Ray cluster: the same training, in processes that Ray Train starts and watches.

    python -m training.fit.on_ray --processes 4

Each process takes one core, or one GPU if ``train.accelerator`` in ``params.yaml`` says so. All machines need the
project and its photos at the same place, by a shared file system or in their image; ``RAY_ADDRESS`` names the cluster,
and without it Ray starts one on this machine. ``MAJANI_CHECKPOINTS`` should name a store that all of them reach.
"""

import argparse
import logging
import os
from pathlib import Path
from typing import Any

from training.fit.processes import Processes
from training.settings import read_params

# Of how often Ray starts all processes again after it lost one; they go on from the last finished epoch.
_MAX_FAILURES = 3


def _in_each_process(arguments: dict[str, Any]) -> None:
    # Ray starts processes elsewhere; all paths of the pipeline are relative to the project.
    os.chdir(arguments["project"])
    # What torch needs is imported where it is needed: the first process only starts the others.
    from training.stages.train import train  # noqa: PLC0415

    train(Processes.from_environment(are_rays=True))


def main() -> None:
    """Run the stage."""
    parser = argparse.ArgumentParser(prog="python -m training.fit.on_ray", description="Train on a Ray cluster.")
    parser.add_argument("--processes", type=int, required=True, help="how many train together")
    processes = parser.parse_args().processes
    # By default it reports to its makers; where Majani runs is nobody else's business.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray  # noqa: PLC0415 - seconds to import
    from ray.train import FailureConfig, RunConfig, ScalingConfig  # noqa: PLC0415
    from ray.train.torch import TorchTrainer  # noqa: PLC0415

    project = Path.cwd()
    ray.init(logging_level=logging.WARNING, runtime_env={"env_vars": {"PYTHONPATH": str(project)}})
    TorchTrainer(
        _in_each_process,
        train_loop_config={"project": str(project)},
        scaling_config=ScalingConfig(num_workers=processes, use_gpu=read_params().train.accelerator == "gpu"),
        run_config=RunConfig(
            storage_path=str(project / "build/ray"), failure_config=FailureConfig(max_failures=_MAX_FAILURES)
        ),
    ).fit()
    ray.shutdown()


if __name__ == "__main__":
    main()
