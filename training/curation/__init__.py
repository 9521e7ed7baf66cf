"""Tables of photos: duplicates, groups, label conflicts, and the split into train, val and test."""
