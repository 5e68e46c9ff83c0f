"""What may happen, and what did. Pure: no clock, no randomness, no I/O, no tools."""
