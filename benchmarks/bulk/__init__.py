"""Bulk classification: how near two processes come to two cores, and whether a killed run loses or repeats a photo."""
