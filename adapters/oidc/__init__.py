"""OpenID Connect and OAuth 2, as a relying party."""
