"""Metrics with intervals, and stress tests of a bundle."""
