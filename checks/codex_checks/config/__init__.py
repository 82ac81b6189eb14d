"""The settings that Codex reads: where they stand, what they say, and what is wrong with them."""
