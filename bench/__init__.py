"""Every claim about speed, measured as a ratio: ours and the named peer, in one run on one machine."""
