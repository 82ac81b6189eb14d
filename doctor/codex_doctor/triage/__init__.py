"""Thousands of reports at once: grouped by what is wrong, where, and since when."""
