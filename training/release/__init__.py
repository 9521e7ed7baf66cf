"""Which bundle runs: promote, roll back, reference photos for the desk."""
