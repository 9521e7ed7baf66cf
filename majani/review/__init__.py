"""Find cases worth an expert's review: priority, similar cases, reference photos."""
