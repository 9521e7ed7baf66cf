"""Who may do what: farmers need no account, everybody else shows a bearer token with a role."""
