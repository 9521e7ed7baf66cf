"""What is said and shown about a diagnosis: advice, languages, example photos."""
