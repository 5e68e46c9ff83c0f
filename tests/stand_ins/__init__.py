"""Servers of other people's, played on this machine as their public documentation says they behave."""
