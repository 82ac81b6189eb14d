"""Turns that failed of late: what Codex recorded of them, and what can be done about it."""
