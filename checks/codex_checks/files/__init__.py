"""The folder where Codex keeps its files: whether it is there, whose it is, and whether it takes more."""
