"""Commands of the command line that change a sign-in."""
