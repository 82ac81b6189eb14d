"""Reports for support staff: one archive that says what is wrong with a machine, and nothing of its user."""
