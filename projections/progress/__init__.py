"""What can be asked about progress."""
