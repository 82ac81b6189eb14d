"""The state that Codex keeps: its databases and the records of its sessions."""
