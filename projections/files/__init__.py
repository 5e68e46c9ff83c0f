"""Questions about files."""
