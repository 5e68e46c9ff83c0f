"""Where Stripe is. It stands apart from what asks there, whose SDK is large: settings need this alone."""

from __future__ import annotations

URL = "https://api.stripe.com"
