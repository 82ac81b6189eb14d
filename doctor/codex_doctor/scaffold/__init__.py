"""What `new-check` writes: a package with one check, its page and its tests."""
