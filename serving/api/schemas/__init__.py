"""Shapes of the API's answers and requests."""
