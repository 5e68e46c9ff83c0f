"""What can be asked: read models, each named by its question, each rebuilt from the facts at will."""
