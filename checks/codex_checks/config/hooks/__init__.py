"""The hooks that Codex is to run: whether it can read them, start them, and remember their trust."""
