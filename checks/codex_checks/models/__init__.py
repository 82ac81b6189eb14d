"""The models that the settings name, and whether they are still offered."""
