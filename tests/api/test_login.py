"""Registering and logging in."""

from __future__ import annotations

from tests.api.serving import Served
from tests.api.visiting import Visitor
from tests.proves import proves


@proves("auth.register", "auth.login")
def test_who_registers_logs_in_by_address_and_by_username_in_any_case(api: Served) -> None:
    with Visitor(api) as ada:
        registered = ada.register(username="Ada.L")
        assert registered.status_code == 200, registered.text
        for name in ("ada@school.example", "ADA@School.Example", "ada.l", " Ada.L "):
            answer = ada.log_in(name)
            assert answer.status_code == 200, answer.text
            assert answer.headers["Cache-Control"] == "no-store"
            assert ada.person == registered.json()["person"]
        assert ada.get("/api/me/sessions").status_code == 200
