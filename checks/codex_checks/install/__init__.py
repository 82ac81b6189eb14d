"""Whether Codex is there, is whole, starts, and is the one that the user means."""
