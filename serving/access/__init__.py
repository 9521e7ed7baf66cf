"""Roles, access tokens and sessions; farmers need no account."""
