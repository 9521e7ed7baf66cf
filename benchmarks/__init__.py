"""Side-by-side measurements, one command each; every figure in the documents comes from here or from the pipeline."""
