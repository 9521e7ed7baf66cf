"""Server-rendered pages, leaflets and the built phone app."""
