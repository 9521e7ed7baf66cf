"""Thousands of damaged photos sent to a real service: none may end in a server error, a hang, or growing memory."""
