"""What we do about it: the one command handler, the policies of each context, and the ports they need."""
