"""Facebook at the wire: the dialog, the exchange, and the Graph that asks for a proof of the application."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from application.providers import Registration
from tests.sso.openid import CLIENT, SECRET
from tests.sso.wire import Answer, Asked, sent_on, served, told


@dataclass
class Graph:
    """Facebook, as one application sees it."""

    url: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"id": "1234567890", "email": "ada@school.test", "name": "Ada"}
    )
    lets_in: bool = True
    comes_back: Callable[[dict[str, str]], dict[str, str]] = lambda said: said
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _tokens: set[str] = field(default_factory=set[str])

    @property
    def registration(self) -> Registration:
        """How it and we know each other."""
        return Registration("facebook", self.url, CLIENT, SECRET)

    def answer(self, asked: Asked) -> Answer:
        """What it answers a request."""
        match asked.path:
            case "/v21.0/dialog/oauth":
                return self._dialog(asked.query)
            case "/v21.0/oauth/access_token":
                return self._exchange(asked.form)
            case "/v21.0/me":
                return self._me(asked)
            case _:
                return _error("Unknown path components", 404)

    def _dialog(self, asked: Mapping[str, str]) -> Answer:
        if asked.get("client_id") != CLIENT:
            return _error("Invalid App ID", 400)
        said = {"state": asked["state"]}
        if self.lets_in:
            said["code"] = uuid4().hex
            self._codes[said["code"]] = dict(asked)
        else:
            said |= {"error": "access_denied", "error_reason": "user_denied", "error_code": "200"}
        return sent_on(asked["redirect_uri"], self.comes_back(said))

    def _exchange(self, form: Mapping[str, str]) -> Answer:
        begun = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return _error("Error validating client secret.", 400)
        if begun is None or begun["redirect_uri"] != form.get("redirect_uri"):
            return _error("This authorization code has been used.", 400)
        if begun["code_challenge"] != urlsafe_b64encode(digest).decode().rstrip("="):
            return _error("Error validating code verifier.", 400)
        token = uuid4().hex
        self._tokens.add(token)
        return told({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944})

    def _me(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if token not in self._tokens:
            return _error("Invalid OAuth access token.", 401)
        if asked.query.get("appsecret_proof") != proof:
            return _error("API calls from the server require an appsecret_proof argument", 400)
        return told({name: self.person[name] for name in asked.query["fields"].split(",") if name in self.person})


def _error(message: str, status: int) -> Answer:
    return told({"error": {"message": message, "type": "OAuthException", "code": 100}}, status)


@contextmanager
def graph() -> Generator[Graph]:
    """Facebook, running."""
    provider = Graph()
    with served(provider.answer) as url:
        provider.url = url
        yield provider
