"""Writes: decode, authorize, do, and answer with a Receipt."""
