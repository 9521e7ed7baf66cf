"""Disease surveillance: weekly counts kept for years, and which of them are more than usual; no pages."""
