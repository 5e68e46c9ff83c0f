"""What can be asked about identity."""
