"""What only the service can tell: whether it accepts the sign-in, and what the account may do."""
