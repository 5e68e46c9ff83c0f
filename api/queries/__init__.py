"""Reads: each route asks who, and asks a read model, or reads the facts. Found by place."""
