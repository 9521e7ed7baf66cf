"""Reviews: agreement, effects on waiting cases, export for training; no pages."""
