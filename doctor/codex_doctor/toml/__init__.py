"""TOML as it is written: its values, and where each of its keys and values stands."""
