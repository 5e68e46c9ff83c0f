"""What can be asked about access."""
