"""Install Codex, or put a whole copy in the place of a broken one, so that nothing is lost on the way."""
