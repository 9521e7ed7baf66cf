"""Roles, access tokens and sessions. Farmers need no account."""
