"""What is certain about a slip in a settings file: the one text that was meant."""
