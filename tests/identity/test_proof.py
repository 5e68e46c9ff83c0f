"""Links that are good once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.identity.events import ProofId, ProofOffered, ProofUsed
from domain.identity.proof import A_DAY_MAX, APART_S, PROOF, Offer, Use
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(PROOF)
ada = PersonId("ada")
now = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
one, two = ProofId("one"), ProofId("two")


def offer(proof: ProofId, at: datetime = now) -> Offer:
    return Offer("reset", "mark", proof, at, at + HOUR, ada, "first")


def offered(proof: ProofId, at: datetime = now) -> ProofOffered:
    return ProofOffered("reset", "mark", proof, at, at + HOUR, ada, "first")


@proves("auth.password_reset", "auth.email_verification")
def test_a_link_is_used_once_by_one_request() -> None:
    given().when(offer(one)).then(offered(one))
    given(offered(one)).when(offer(one)).then()
    given(offered(one)).when(Use(one, "a", now)).then(ProofUsed(one, "a"))
    given(offered(one), ProofUsed(one, "a")).when(Use(one, "a", now)).then()
    given(offered(one), ProofUsed(one, "a")).when(Use(one, "b", now)).refused("link.refused")
    given().when(Use(one, "a", now)).refused("link.refused")


@proves("auth.password_reset", "auth.email_verification")
def test_a_link_runs_out_and_a_newer_one_voids_it() -> None:
    given(offered(one)).when(Use(one, "a", now + HOUR)).refused("link.expired")
    later = now + timedelta(seconds=APART_S)
    given(offered(one), offered(two, later)).when(Use(one, "a", later)).refused("link.refused")
    given(offered(one), offered(two, later)).when(Use(two, "a", later)).then(ProofUsed(two, "a"))


@proves("auth.email_verification")
def test_links_are_sent_a_while_apart_and_so_many_a_day() -> None:
    given(offered(one)).when(offer(two, now + timedelta(seconds=APART_S - 1))).refused("link.too_soon")
    given(offered(one)).when(offer(two, now + timedelta(seconds=APART_S))).then(
        offered(two, now + timedelta(seconds=APART_S))
    )
    many = [offered(ProofId(f"p{number}"), now + timedelta(hours=number)) for number in range(A_DAY_MAX)]
    given(*many).when(offer(two, now + timedelta(hours=A_DAY_MAX))).refused("link.too_soon")
    given(*many).when(offer(two, now + timedelta(days=1))).then(offered(two, now + timedelta(days=1)))


def test_a_use_of_another_link_is_no_news() -> None:
    assert given(offered(one), ProofUsed(two, "a")).state == given(offered(one)).state
    assert given(ProofUsed(two, "a")).state == given().state
