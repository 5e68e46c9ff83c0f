"""What can be asked about paths."""
