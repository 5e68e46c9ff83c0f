"""What can be asked about enrollments."""
