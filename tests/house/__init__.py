"""The rules of the house as checks, and the map of what is found by place."""
