"""Photos as a network trains on them: pixels, augmentation, sampling, loaders."""
