"""One training run: Lightning module, trainer, checkpoints, warm start."""
