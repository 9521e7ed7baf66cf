"""Who may do what: farmers need no account; all other people send an access token with a role."""
