"""The stored sign-in: what is there, whether Codex can use it, and what Codex will do with it next."""
