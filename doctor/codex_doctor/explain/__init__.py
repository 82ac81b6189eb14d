"""Answer a pasted message, a whole log, or a name with the problem, its cause and the fix: offline."""
