"""Experts' reviews from the desk as labels."""
