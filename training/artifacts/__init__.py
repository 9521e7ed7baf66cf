"""Every file that a stage writes: where it lies and how it is read, so that no stage imports another."""
