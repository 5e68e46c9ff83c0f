"""What every route shares: who asks, how often, how it is read, how it is answered, what is refused and how."""
