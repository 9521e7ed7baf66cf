"""Experts' verdicts from the review desk as labels."""
