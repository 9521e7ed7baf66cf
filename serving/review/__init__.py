"""The review desk: experts look at kept cases and say what they show, and what they say can be learned from."""
