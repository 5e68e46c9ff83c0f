"""The console in a browser: signed in, walked through by keyboard, and a proof that the browser itself verifies."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

from tests.api.serving import Client, Served, serving
from tests.api.visiting import PASSWORD, RATES, Visitor
from tests.api.waiting import within
from tests.outside.passkeys import Browser, browsing
from tests.servers import PostgresForTests

SECONDS = 60.0
KEYS = {"Tab": 9, "Enter": 13}


@pytest.fixture
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, engine=True, **RATES) as (one,):
        yield one


class Walker:
    """Somebody without a mouse."""

    def __init__(self, browser: Browser, served: Served, folder: Path) -> None:
        self._browser = browser
        self._url = served.url
        self._folder = folder
        browser.do("Page.enable")
        browser.do("Emulation.setDeviceMetricsOverride", width=1280, height=860, deviceScaleFactor=1, mobile=False)

    def run(self, script: str) -> object:
        return self._browser.run(script)

    def until(self, script: str) -> None:
        """Wait until a script of the page comes to something."""
        deadline = time.monotonic() + SECONDS
        while not self.run(f"document.readyState === 'complete' && Boolean({script})"):
            assert time.monotonic() < deadline, (script, self.run("location.href + document.body.innerText"))
            time.sleep(0.05)

    def go(self, path: str, title: str) -> None:
        self._browser.do("Page.navigate", url=self._url + path)
        self.titled(title)

    def titled(self, title: str) -> None:
        self.until(f"document.querySelector('h1')?.textContent.includes({title!r})")

    def press(self, *keys: str) -> None:
        for key in keys:
            code = KEYS[key]
            given = {"key": key, "windowsVirtualKeyCode": code, **({"text": "\r"} if key == "Enter" else {})}
            self._browser.do("Input.dispatchKeyEvent", type="keyDown", **given)
            self._browser.do("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def write(self, words: str) -> None:
        self._browser.do("Input.insertText", text=words)

    def reach(self, script: str, tabs: int = 60) -> None:
        """Go on from field to link until one is it."""
        for _ in range(tabs):
            if self.run(f"(() => {{ const at = document.activeElement; return Boolean({script}); }})()"):
                shown = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                assert self.run(shown), "nobody sees where they are"
                return
            self.press("Tab")
        raise AssertionError(f"{script} is not reached by keyboard")

    def follow(self, words: str, title: str) -> None:
        """Reach a link, and go where it leads."""
        self.reach(f"at.textContent === {words!r}")
        self.press("Enter")
        self.titled(title)

    def shot(self, name: str) -> None:
        """A picture of the whole page, on which there is something."""
        data = self._browser.do("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path = self._folder / f"{name}.png"
        path.write_bytes(b64decode(data))
        with Image.open(path) as image:
            assert image.width > 1200
            assert len(image.convert("RGB").getcolors(2**24) or ()) > 40, f"nothing is on {name}"


def happened(served: Served, ada: Visitor) -> int:
    """A life on a course, one refusal, and a fact that is parked. Answers the position of a fact."""
    appoint_as_auditor(served, ada)
    with Client(served, ada.tenant, subject="teacher") as teacher:
        position = int(teacher.enroll(learner="ben").json()["position"])
        teacher.command("/api/enrollments/art/ben/lessons/one/complete")
        teacher.command("/api/enrollments/art/ben/lessons/none/complete")
        last = int(teacher.command("/api/enrollments/art/ben/withdraw", {"reason": "<b>moved</b>"}).json()["position"])
        within(30, lambda: teacher.get("/api/proofs/checkpoint").json().get("position", 0) >= last)
        within(30, lambda: len(teacher.get("/api/audit/trail", params={"outcome": "refused"}).json()["rows"]) > 0)
    with psycopg.connect(served.database.url) as connection:
        connection.execute(
            "insert into followers.parked (follower, log, position, tenant, stream, type, held, tries, error) "
            "values ('enrollments.roster', 0, %s, %s, 'enrollment:art:ben', 'enrollments.LearnerEnrolled', false, 5, "
            "'KeyError: it was made to fail')",
            (position, ada.tenant),
        )
    return position


def appoint_as_auditor(served: Served, ada: Visitor) -> None:
    with Client(served, ada.tenant, subject="operator") as operator:
        body = {"role": "auditor"}
        assert operator.command(f"/api/people/{ada.person}/roles/grant", body).status_code == 200


def signs_in(walker: Walker, ada: Visitor) -> None:
    """Not at the first try."""
    walker.go("/console", "Console")
    assert walker.run("location.pathname") == "/console/sign-in"
    for name, words in (("tenant", str(ada.tenant)), ("name", "ada@school.example"), ("password", "not it")):
        walker.reach(f"at.name === '{name}'")
        walker.write(words)
    walker.press("Enter")
    walker.until("document.getElementById('said').className === 'wrong'")
    walker.shot("sign-in")
    walker.run("document.querySelector('[name=password]').select() ?? true")
    walker.write(PASSWORD)
    walker.press("Enter")
    walker.titled("Overview")
    assert walker.run("document.cookie") == "", "a script reads who is signed in"
    walker.shot("overview")


def looks_around(walker: Walker) -> None:
    """From the trail to a stream, and what it was like at two moments."""
    walker.follow("Trail", "Trail")
    walker.reach("at.name === 'record'")
    walker.write("enrollment:art:ben")
    walker.press("Enter")
    walker.until("location.search.includes('record=enrollment') && document.querySelectorAll('tbody tr').length === 4")
    assert walker.run("document.querySelector('main').innerText.includes('enrollment.unknown_lesson')")
    walker.shot("trail")
    walker.follow("Streams", "Streams")
    walker.follow("enrollment:art:ben", "enrollment:art:ben")
    assert walker.run("document.querySelectorAll('b').length") == 0, "a reason was read as markup"
    assert walker.run("document.querySelector('main').innerText.includes('Outside')")
    walker.shot("two-moments")


def verifies(walker: Walker, position: int) -> None:
    """What is so, and what is not."""
    walker.follow(str(position), "enrollments.LearnerEnrolled")
    assert walker.run("document.querySelectorAll('svg .command').length") == 1
    walker.until("document.querySelector('[name=leaf]').value.includes('LearnerEnrolled')")
    walker.reach("at.textContent === 'Verify in this browser'")
    walker.press("Enter")
    walker.until("document.querySelector('output').className === 'right'")
    walker.shot("proven")
    walker.run("leaf = document.querySelector('[name=leaf]'), leaf.value = leaf.value.replace('ben', 'eve')")
    walker.press("Enter")
    walker.until("document.querySelector('output').className === 'wrong'")
    assert walker.run("document.querySelector('output').textContent.includes('not in the tree')")
    walker.shot("not-proven")


@pytest.mark.timeout(300)
def test_an_auditor_walks_through_the_console_by_keyboard_and_verifies_a_proof(served: Served, tmp_path: Path) -> None:
    with Visitor(served, uuid4()) as ada, browsing() as browser:
        ada.register()
        ada.log_in()
        position = happened(served, ada)
        walker = Walker(browser, served, tmp_path)
        signs_in(walker, ada)
        looks_around(walker)
        verifies(walker, position)
        walker.follow("Followers", "Followers")
        assert walker.run("document.querySelector('main').innerText.includes('it was made to fail')")
        walker.shot("followers")
        walker.follow("Sign out", "Console")
        walker.go("/console/trail", "Console")
        assert walker.run("location.pathname") == "/console/sign-in"
