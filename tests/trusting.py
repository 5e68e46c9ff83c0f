"""Whom tests trust at the other end of TLS."""

import ssl

TRUST = ssl.create_default_context()
"""Read once: a client that reads the authorities for itself takes longer over them than over most requests."""
