"""The HTTP application: a bundle behind an API and a page for phones without JavaScript."""
