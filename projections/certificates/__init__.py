"""What can be asked about certificates."""
