"""What makes a case worth an expert's time: priority, similar cases, reference photos."""
