"""The bundle on disk and its network: reading, predicting, heatmaps."""
