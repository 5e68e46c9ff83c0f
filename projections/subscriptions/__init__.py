"""Questions about plans, subscriptions, and what is earned."""
