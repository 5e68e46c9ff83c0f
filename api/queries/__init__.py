"""Reads: authorize, and ask a read model."""
