"""What Codex's own doctor (`codex doctor --json`) says: asked for, or in a report that was given."""
