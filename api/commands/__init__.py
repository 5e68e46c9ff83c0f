"""Writes: each route decodes, asks who, and does a command. Found by place."""
