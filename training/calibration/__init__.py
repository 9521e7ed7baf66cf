"""The head and its calibration; thresholds, sets and words, fitted to places left out."""
