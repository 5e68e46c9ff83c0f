"""The trail: what the clerk takes into it, how it is searched, and how it is seen that nobody has changed it."""
