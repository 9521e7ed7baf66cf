"""Whether photos and answers still are what they were: drift and correctness, no pages."""
