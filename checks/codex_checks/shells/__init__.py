"""What the files that a shell reads when it starts say of Codex."""
