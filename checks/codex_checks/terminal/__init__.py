"""What lies between Codex and whoever types: the terminal, or the pipe in its place."""
