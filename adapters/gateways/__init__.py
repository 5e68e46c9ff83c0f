"""Who moves money for us: Stripe, PayPal, and a sandbox that moves none."""
