"""A photo as bytes becomes pixels that can be judged, or a coded error."""
