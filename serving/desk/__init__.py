"""The desk: the pages behind sign-in, where experts review cases and read overviews."""
