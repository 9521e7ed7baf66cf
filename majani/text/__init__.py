"""Texts about a diagnosis: advice, languages, words for confidence."""
