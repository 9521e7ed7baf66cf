"""The desk: the pages on which experts look at kept cases, and what all pages behind its sign-in stand on."""
