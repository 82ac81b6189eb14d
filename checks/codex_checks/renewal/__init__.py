"""Whether the sign-in can be renewed, and whether a device code can be had."""
