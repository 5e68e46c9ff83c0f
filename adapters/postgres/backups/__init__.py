"""Backups: copies of the whole server, and its log as it is written, from which it is made again as it was."""
