"""What is said and shown about a diagnosis: advice, languages, words for confidence, example photos."""
