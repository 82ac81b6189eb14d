"""The sign-in in a browser: whether one can be opened here, and comes back to where Codex waits."""
