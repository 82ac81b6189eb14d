"""The sandbox in which Codex runs commands: whether it is wanted, whether it can start, and why not."""
