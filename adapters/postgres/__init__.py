"""Postgres: where the facts are, and everything that is made of them."""
