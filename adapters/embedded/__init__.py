"""Servers that come as wheels, where nothing is installed: each is a process that we start and stop by its id."""
