"""Model providers of the user's own: whether they run, know the way that Codex asks for, and get a key."""
