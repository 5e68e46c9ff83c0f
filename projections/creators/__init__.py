"""What creators earn, and what became of it."""
