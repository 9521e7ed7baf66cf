"""Photos as a network trains on them: duplicates, groups, pixels, augmentation, sampling, loaders."""
