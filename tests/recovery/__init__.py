"""The data directory is gone, and everything that was acknowledged comes back."""
