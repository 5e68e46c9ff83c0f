"""Questions about recordings."""
