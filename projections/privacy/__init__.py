"""What is asked about what people asked of us about themselves."""
