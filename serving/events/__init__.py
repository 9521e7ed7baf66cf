"""Webhooks: other systems hear of events, signed, in order, and as often as it takes."""
