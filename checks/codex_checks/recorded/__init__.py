"""What Codex itself recorded: its databases and logs, read without touching them."""
