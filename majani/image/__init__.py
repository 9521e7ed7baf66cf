"""Decode photos into pixels and judge their quality, or raise a coded error."""
