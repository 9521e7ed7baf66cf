"""The head and its calibration; its number and limits, fitted to places left out."""
