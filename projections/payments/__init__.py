"""What one asks about payments and the journal."""
