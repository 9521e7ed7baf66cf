"""The bundle on disk and the network in it: reading, predicting, heatmaps."""
