"""Programs that start Codex, and what they keep of their own for it."""
