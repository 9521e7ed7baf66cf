"""Descriptions of photo sources; fetching and unpacking their photos."""
