"""What is asked about API keys."""
