"""Reviews: agreement, effects on waiting cases, export for training, refits of districts from them; no pages."""
