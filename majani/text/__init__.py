"""What is said about a diagnosis: advice, languages, words for confidence."""
