"""One module a format. A renderer accepts only a redacted report, returns text and prints nothing."""
