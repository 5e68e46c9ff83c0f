"""What can be asked about study documents."""
