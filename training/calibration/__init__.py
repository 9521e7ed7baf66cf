"""Temperature, thresholds and the out-of-distribution score, fitted on validation photos."""
