"""What we do about single sign-on: who may configure providers, and what becomes of the secrets of those that go."""

from __future__ import annotations

from application.permissions import EVERYONE, Permission

PERMISSIONS = (
    Permission("sso.configure", "Configure the identity providers that people come in by."),
    Permission("sso.read", "See which identity providers there are, and on what terms."),
    Permission("sso.own", "Link and unlink one's own logins.", (EVERYONE,)),
)
