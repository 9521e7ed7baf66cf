"""A bundle for one district: its head fitted anew to kept embeddings and a few reviewed photos, without a training."""
