"""The second factor, from its setup to doing without it again, as somebody meets it."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import zxingcpp
from PIL import Image

from tests.api.serving import Served
from tests.api.visiting import PASSWORD, Visitor, refused
from tests.factors.codes import code_of
from tests.proves import proves


class Guarded(Visitor):
    """Somebody with an app that shows codes."""

    secret = ""
    backup_codes: tuple[str, ...] = ()
    _spent = 0

    def set_up(self) -> dict[str, Any]:
        answer = self.enter("/api/security/2fa/setup", {"account": "ada@school.example"})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        self.secret = said["secret"]
        return said

    def code(self) -> str:
        """A code that was never shown before: each is good for one step, so this may have to wait for the next."""
        while int(time.time()) // 30 + 1 <= self._spent:
            time.sleep(0.1)
        self._spent = max(self._spent + 1, int(time.time()) // 30 - 1)
        return code_of(self.secret, later=self._spent - int(time.time()) // 30)

    def turn_on(self) -> None:
        self.set_up()
        answer = self.enter("/api/security/2fa/enable", {"code": self.code()})
        assert answer.status_code == 200, answer.text
        self.backup_codes = tuple(answer.json()["backup_codes"])

    def challenge(self) -> str:
        answer = self.log_in()
        assert (answer.status_code, answer.json()["status"]) == (200, "second_step"), answer.text
        said: str = answer.json()["challenge"]
        return said

    def step(self, challenge: str, **shown: str) -> Any:
        return self.come_in("/api/login/second-step", {"challenge": challenge, **shown})


@pytest.fixture
def ada(api: Served) -> Generator[Guarded]:
    with Guarded(api) as one:
        assert one.register().status_code == 200
        assert one.log_in().status_code == 200
        yield one


def facts(api: Served, ada: Visitor) -> str:
    """All that the ledger holds of a tenant, commands and the vault's bytes included, as one text."""
    with psycopg.connect(api.database.url) as connection:
        rows = connection.execute(
            "select type || data::text from ledger.facts where tenant = %s "
            "union all select coalesce(name, '') || coalesce(origin::text, '') from ledger.commands where tenant = %s "
            "union all select encode(sealed, 'escape') from vault.secrets where tenant = %s",
            (ada.tenant, ada.tenant, ada.tenant),
        ).fetchall()
    return "\n".join(text for (text,) in rows)


@proves("auth.2fa_setup")
def test_a_setup_shows_a_secret_as_text_and_picture_and_asks_for_nothing_yet(api: Served, ada: Guarded) -> None:
    said = ada.set_up()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(said["qr"]))))
    assert read.text == said["uri"]
    assert said["uri"].startswith("otpauth://totp/Annals:ada%40school.example?")
    assert f"secret={said['secret']}" in said["uri"]
    kept = facts(api, ada)
    assert said["secret"] not in kept
    assert base64.b32decode(said["secret"]).decode("latin-1") not in kept
    assert ada.log_in().json()["status"] == "in"
    answer = ada.get("/api/security/2fa", params={"min_position": said["position"]}).json()
    assert answer["status"] == "proposed"


@proves("auth.2fa_enable", "auth.2fa_backup_codes")
def test_a_right_code_enables_and_a_wrong_one_does_not(api: Served, ada: Guarded) -> None:
    refused(ada.enter("/api/security/2fa/enable", {"code": "000000"}), 409, "two_factor.off")
    said = ada.set_up()
    wrong = f"{(int(code_of(said['secret'])) + 500_000) % 1_000_000:06}"
    refused(ada.enter("/api/security/2fa/enable", {"code": wrong}), 409, "two_factor.code_refused")
    assert ada.log_in().json()["status"] == "in"
    answer = ada.enter("/api/security/2fa/enable", {"code": ada.code()})
    assert answer.status_code == 200, answer.text
    codes = answer.json()["backup_codes"]
    assert len(set(codes)) == 10
    kept = facts(api, ada)
    assert "factors.TwoFactorEnabled" in kept
    assert all(code not in kept and code.replace("-", "") not in kept for code in codes)
    assert said["secret"] not in kept
    refused(ada.enter("/api/security/2fa/setup", {"account": "ada"}), 409, "two_factor.on_already")
    answer = ada.get("/api/security/2fa", params={"min_position": answer.json()["position"]})
    assert (answer.json()["status"], answer.json()["backup_codes_left"]) == ("on", 10)


@proves("auth.2fa_verify")
def test_the_password_alone_yields_a_challenge_that_no_other_door_opens_to(ada: Guarded) -> None:
    ada.turn_on()
    del ada.headers["Authorization"]
    challenge = ada.challenge()
    assert "Authorization" not in ada.headers
    ada.headers["Authorization"] = f"Bearer {challenge}"
    for path in ("/api/me/sessions", "/api/security/2fa"):
        refused(ada.get(path), 401, "token.refused")
    refused(ada.enter("/api/logout"), 401, "token.refused")
    refused(ada.refresh(challenge), 401, "refresh.refused")
    refused(ada.enter("/api/verify-address", {"token": challenge}), 409, "link.refused")
    del ada.headers["Authorization"]
    assert ada.step(challenge, code=ada.code()).json()["status"] == "in"
    assert ada.get("/api/me/sessions").status_code == 200


@proves("auth.2fa_verify")
def test_a_code_is_good_once_and_so_is_a_challenge(ada: Guarded) -> None:
    ada.turn_on()
    code, challenge = ada.code(), ada.challenge()
    assert ada.step(challenge, code=code).status_code == 200
    refused(ada.step(ada.challenge(), code=code), 401, "two_factor.code_used")
    refused(ada.step(challenge, code=ada.code()), 409, "challenge.answered")
    refused(ada.step("nonsense", code="000000"), 401, "challenge.refused")


@proves("auth.2fa_verify")
def test_the_old_name_of_the_second_step_is_known(ada: Guarded) -> None:
    ada.turn_on()
    answer = ada.come_in("/api/security/2fa/verify", {"challenge": ada.challenge(), "code": ada.code()})
    assert answer.json()["status"] == "in"


@proves("auth.2fa_verify")
def test_five_failures_lock_the_challenge_and_all_that_follow(ada: Guarded) -> None:
    ada.turn_on()
    challenge = ada.challenge()
    for _ in range(5):
        refused(ada.step(challenge, code="000000"), 401, "second_step.refused")
    for shown in ({"code": ada.code()}, {"backup_code": ada.backup_codes[0]}):
        for one in (challenge, ada.challenge()):
            answer = ada.step(one, **shown)
            refused(answer, 429, "login.locked")
            assert 800 < int(answer.headers["Retry-After"]) <= 900


@proves("auth.2fa_verify", "auth.2fa_backup_codes")
def test_the_same_code_at_once_lets_one_in(ada: Guarded) -> None:
    ada.turn_on()
    for shown in ({"code": ada.code()}, {"backup_code": ada.backup_codes[4]}):
        challenges = [ada.challenge() for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            tries = [pool.submit(ada.step, challenge, **shown) for challenge in challenges]
            answers = [one.result() for one in tries]
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401, 401]
        assert {answer.json().get("code") for answer in answers} == {None, "two_factor.code_used"}


@proves("auth.2fa_backup_codes")
def test_each_backup_code_works_once_and_new_ones_void_the_old(ada: Guarded) -> None:
    ada.turn_on()
    old = ada.backup_codes
    assert ada.step(ada.challenge(), backup_code=old[0].upper().replace("-", " ")).status_code == 200
    refused(ada.step(ada.challenge(), backup_code=old[0]), 401, "two_factor.code_used")
    refused(ada.step(ada.challenge(), backup_code="aaaa-bbbb-cccc"), 401, "second_step.refused")
    assert ada.step(ada.challenge(), backup_code=old[9]).status_code == 200
    refused(ada.enter("/api/security/2fa/backup-codes", {"code": "000000"}), 401, "second_step.refused")
    answer = ada.enter("/api/security/2fa/backup-codes", {"backup_code": old[5]})
    assert answer.status_code == 200, answer.text
    new = answer.json()["backup_codes"]
    assert len(set(new)) == 10
    assert not set(new) & set(old)
    refused(ada.step(ada.challenge(), backup_code=old[7]), 401, "second_step.refused")
    for one in new:
        assert ada.step(ada.challenge(), backup_code=one).status_code == 200
    refused(ada.step(ada.challenge(), backup_code=new[3]), 401, "two_factor.code_used")


@proves("auth.2fa_disable")
def test_disabling_needs_the_password_and_a_code_and_destroys_the_secrets(api: Served, ada: Guarded) -> None:
    ada.turn_on()
    path = "/api/security/2fa/disable"
    refused(ada.enter(path, {"password": "wrong", "code": "000000"}), 403, "password.wrong")
    refused(ada.enter(path, {"password": PASSWORD, "code": "000000"}), 401, "second_step.refused")
    refused(ada.enter(path, {"password": PASSWORD, "backup_code": "aaaa-bbbb-cccc"}), 401, "second_step.refused")
    refused(ada.enter(path, {"password": PASSWORD}), 401, "second_step.refused")
    assert secrets(api, ada) == {"totp": 1, "backup_codes": 1}
    answer = ada.enter(path, {"password": PASSWORD, "backup_code": ada.backup_codes[1]})
    assert answer.status_code == 200, answer.text
    assert secrets(api, ada) == {}
    assert "factors.TwoFactorDisabled" in facts(api, ada)
    assert ada.log_in().json()["status"] == "in"
    refused(ada.enter(path, {"password": PASSWORD, "code": "000000"}), 409, "two_factor.off")
    answer = ada.get("/api/security/2fa", params={"min_position": answer.json()["position"]})
    assert answer.json()["status"] == "off"


def secrets(api: Served, ada: Visitor) -> dict[str, int]:
    """How many secrets of which kind the vault keeps of a second factor."""
    with psycopg.connect(api.database.url) as connection:
        rows = connection.execute(
            "select kind, count(*)::int from vault.secrets where tenant = %s and kind in ('totp', 'backup_codes') "
            "group by kind",
            (ada.tenant,),
        ).fetchall()
    return dict(rows)


def test_a_setup_that_is_begun_anew_leaves_no_secret_behind(api: Served, ada: Guarded) -> None:
    first = ada.set_up()["secret"]
    assert ada.set_up()["secret"] != first
    assert secrets(api, ada) == {"totp": 1}
    refused(ada.enter("/api/security/2fa/enable", {"code": code_of(first)}), 409, "two_factor.code_refused")
    assert secrets(api, ada) == {"totp": 1}


def test_asked_again_under_the_same_key_it_is_done_once(ada: Guarded) -> None:
    path = "/api/security/2fa/setup"
    answers = [ada.enter(path, {"account": "ada"}, key="once").json() for _ in range(2)]
    assert answers[0] == answers[1]
    ada.secret = answers[0]["secret"]
    code = ada.code()
    assert ada.enter("/api/security/2fa/enable", {"code": code}, key="on").status_code == 200
    again = ada.enter("/api/security/2fa/enable", {"code": code}, key="on")
    refused(again, 409, "two_factor.codes_shown")
    challenge, body = ada.challenge(), {"code": ada.code()}
    both = [ada.come_in("/api/login/second-step", {"challenge": challenge, **body}, key="in").json() for _ in range(2)]
    assert both[0]["session"] == both[1]["session"]


def test_a_second_step_is_no_longer_open_once_the_password_was_changed(ada: Guarded) -> None:
    ada.turn_on()
    challenge = ada.challenge()
    body = {"current": PASSWORD, "password": "four herons and a paper boat"}
    assert ada.enter("/api/password/change", body).status_code == 200
    refused(ada.step(challenge, code=ada.code()), 401, "challenge.refused")
