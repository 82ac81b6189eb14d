"""What of our facts may leave the machine in a report for support. What is not named here stays."""
