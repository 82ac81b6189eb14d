"""What `check` does: an examination as it was asked for, and the reports that are written of it."""
