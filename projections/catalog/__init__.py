"""What can be asked about courses."""
