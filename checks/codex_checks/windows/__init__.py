"""What is peculiar to Windows: its sandbox, its policies, its antivirus, its reserved ports."""
