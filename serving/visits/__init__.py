"""Visits of extension workers: what they send, how two phones are reconciled, storage; no pages."""
