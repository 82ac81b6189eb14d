"""Whether this machine reaches what Codex needs: the way there, TLS on it, and who answers."""
