"""The stages of dvc.yaml, and `adapt`: one module each, with main() and wiring only; no module imports them."""
