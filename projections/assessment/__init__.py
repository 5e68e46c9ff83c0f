"""What can be asked about assessments."""
