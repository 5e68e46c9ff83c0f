"""What is asked of the whole and not of one context: the facts, how it is, what it can do. Found by place."""
