"""Run a command unchanged, and explain the end of its output if it fails."""
