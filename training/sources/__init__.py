"""Descriptions of photo sources, and how their photos are fetched and unpacked."""
