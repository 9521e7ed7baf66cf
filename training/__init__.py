"""From photos to a bundle: one module per stage of ``dvc.yaml``, under the stage's name."""
