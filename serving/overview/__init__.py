"""The overview for extension workers: counts of cases by time and coarse area, never a single case."""
