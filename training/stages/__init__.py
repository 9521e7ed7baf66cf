"""One module per DVC stage: wiring only, imported by nobody."""
