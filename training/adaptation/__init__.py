"""A bundle for one district: its conditions fitted anew to kept embeddings and a few reviewed photos; no training."""
