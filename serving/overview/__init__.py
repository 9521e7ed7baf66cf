"""The overview for extension officers: counts of cases by time and coarse area, never a single case."""
