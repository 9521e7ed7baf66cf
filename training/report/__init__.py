"""Figures and how documents and the HTML report show them."""
