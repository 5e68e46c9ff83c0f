"""The console, for auditors and operators: what has happened, what led to what, what it was like, and its proof."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http import proofs
from api.http.call import COOKIE, Call
from api.http.entrances import entrance
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Position, query
from api.http.reply import Reply
from api.http.trail import Wanted, search
from api.pages.graph import drawn
from api.pages.html import Markup, choice, code, field, form, link, page, pairs, section, table, text, url
from api.pages.showing import (
    ROWS,
    brief,
    compared,
    context_of_stream,
    entries_shown,
    fact_at,
    facts_of,
    grave,
    more,
    one_of,
    standing,
    state_of,
    streams_from,
    who,
)
from api.service.as_of import FactPosition, Stream
from api.service.facts import allowed
from application import merkle
from application.entering import Visitor
from application.ledger import TenantId
from application.security import SEVERITIES, Severity
from application.trail import Kind, Outcome
from domain.kernel import Value

HTML = "text/html"
EXAMPLE = "<!doctype html>…"
SHOWN = ["position.not_reached", "cursor.malformed"]

Said = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[^\x00]*$(?!\n)")]
Beginning = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[A-Za-z0-9._~:-]*$(?!\n)")]


@query("/console", requires="audit.read", limit="query", refuses=SHOWN, answer=str, media_type=HTML, example=EXAMPLE)
async def console_overview(asking: Asking) -> Reply:
    """How is it going, and what is to be looked at?"""
    head, position = await proofs.head(asking.ask, asking.tenant)
    feed = await search(asking.ask, asking.tenant, Wanted(severities=("critical", "warning")), limit=12)
    followers = await standing(asking)
    behind = max((one.lag for one in followers), default=0)
    parked = sum(len(one.parked) for one in followers)
    tree: dict[str, object] = {"Position of the ledger": position, "Furthest behind": behind, "Parked facts": parked}
    if head is not None:
        witnesses = ", ".join(f"{one.witness} ({one.size})" for one in head.witnessed) or "none yet"
        tree |= {
            "Facts in the tree": head.size,
            "Signed at": head.at,
            "Witnessed by": witnesses,
            "Signed by": head.signer,
        }
    return page(
        "Overview", "/console", who(asking), section("The ledger", pairs(tree)),
        section("What security is watched by", entries_shown("The latest warnings", feed.rows)),
    )  # fmt: skip


@query(
    "/console/trail", requires="audit.read", limit="query", refuses=SHOWN, answer=str, media_type=HTML, example=EXAMPLE
)
async def console_trail(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    by: Said = "",
    action: Said = "",
    record: Said = "",
    outcome: Said = "",
    kind: Said = "",
    at_least: Said = "",
    cursor: Cursor | None = None,
) -> Reply:
    """Who did what, when, from where, to which record, with what outcome?"""
    wanted = Wanted(
        by=by or None, action=action or None, record=record or None, kind=one_of(Kind, "kind", kind),
        outcome=one_of(Outcome, "outcome", outcome), severities=grave(one_of(Severity, "at_least", at_least)),
    )  # fmt: skip
    found = await search(asking.ask, asking.tenant, wanted, cursor=cursor, limit=ROWS)
    said = {"by": by, "action": action, "record": record, "outcome": outcome, "kind": kind, "at_least": at_least}
    outcomes = (("", "any"), ("accepted", "accepted"), ("refused", "refused"))
    kinds = (("", "any"), ("command", "command"), ("refusal", "refusal"), ("read", "read"))
    asked = form(
        "/console/trail",
        field("by", "By", by),
        field("action", "Action", action),
        field("record", "Record", record),
        choice("outcome", "Outcome", outcomes, outcome),
        choice("kind", "Kind", kinds, kind),
        choice("at_least", "Severity", (("", "any"), *((one, f"{one} or more") for one in SEVERITIES)), at_least),
        button="Search",
    )
    further = more(None if found.cursor is None else url("trail", **said, cursor=found.cursor))
    shown = entries_shown("Entries, the newest first", found.rows)
    return page("Trail", "/console/trail", who(asking), asked, shown, further)


@query(
    "/console/streams",
    requires="audit.read",
    limit="query",
    refuses=["request.invalid"],
    answer=str,
    media_type=HTML,
    example=EXAMPLE,
)
async def console_streams(asking: Asking, beginning: Beginning = "", after: Beginning = "") -> Reply:
    """Which streams are there?"""
    rows = await streams_from(asking, beginning, after)
    may = {name.partition(".")[0] for name in allowed(asking, None)}
    told = [
        (link(url("streams", one.stream), one.stream), one.version, one.at)
        for one in rows
        if context_of_stream(one.stream) in may
    ]
    asked = form("/console/streams", field("beginning", "Begins with", beginning), button="Search")
    further = more(url("streams", beginning=beginning, after=rows[-1].stream) if len(rows) == ROWS else None)
    shown = table("Streams, in the order of their names", ("Stream", "Facts", "Last at"), told)
    return page("Streams", "/console/streams", who(asking), asked, shown, further)


@query(
    "/console/streams/{stream}",
    requires="audit.read",
    limit="query",
    refuses=["request.invalid", "stream.not_found"],
    answer=str,
    media_type=HTML,
    example=EXAMPLE,
)
async def console_stream(
    asking: Asking, stream: Stream, after: Position = 0, first: Position = 0, second: Position = 0
) -> Reply:
    """What has happened here, and what was it like at two moments?"""
    facts = await facts_of(asking, stream, after)
    if not facts and not after:
        raise Refused("stream.not_found", "nothing of that name has happened")
    told = [
        (link(url("facts", one.position), one.position), one.version, one.at, one.type, one.by, code(brief(one.data)))
        for one in facts
    ]
    moments = [(str(one.position), f"{one.version}: {one.type} at {one.at:%Y-%m-%d %H:%M:%S}") for one in facts]
    ends = (first or (facts[0].position if facts else 0), second or (facts[-1].position if facts else 0))
    asked = form(
        url("streams", stream),
        choice("first", "Before: as of", moments, str(ends[0])),
        choice("second", "After: as of", moments, str(ends[1])),
        button="Compare",
    )
    differing = await compared(asking, stream, ends) if facts else Markup()
    further = more(url("streams", stream, after=facts[-1].position) if len(facts) == ROWS else None)
    shown = table("Facts, in order", ("Position", "Version", "At", "Fact", "By", "Data, as it is kept"), told)
    return page(
        stream,
        "/console/streams",
        who(asking),
        section("Two moments", asked, differing),
        section("Facts", shown, further),
    )


@query(
    "/console/facts/{position}",
    requires="audit.read",
    limit="query",
    refuses=["fact.not_found"],
    answer=str,
    media_type=HTML,
    example=EXAMPLE,
)
async def console_fact(asking: Asking, position: FactPosition) -> Reply:
    """What is this fact, what led to it and followed from it, and is it as it was kept?"""
    fact = await fact_at(asking, position)
    types = frozenset(allowed(asking, None))
    tenant = TenantId(asking.tenant)
    chain = await asking.causes(tenant, await asking.exporter.log_of(tenant), position)
    if chain is None:
        raise Refused("fact.not_found", "there is no fact at this position")
    seen = {one.command for one in chain.facts if one.type in types}
    shown = msgspec.structs.replace(
        chain,
        facts=tuple(one for one in chain.facts if one.type in types),
        commands=tuple(one for one in chain.commands if one.id in seen or one.causation is None),
    )
    data = Markup(f"<pre>{text(msgspec.json.format(msgspec.json.encode(fact.data)).decode())}</pre>")
    about: dict[str, object] = {
        "Stream": link(url("streams", fact.stream), fact.stream),
        "Version": fact.version,
        "At": fact.at,
        "By": link(url("trail", by=fact.by), fact.by),
        "Command": fact.command,
        "Correlation": fact.correlation,
        "Caused by": fact.causation,
    }
    proof = Markup(
        "<p>The browser hashes the leaf, walks up to the root, and checks the signature of the checkpoint over it. "
        "Compare the key with the one that you were told by another way.</p>"
        f'<form id="proof" data-at="{position}"><label>Key of the log <input name="key" autocomplete="off"></label>'
        f'<label>Leaf, as it is kept <textarea name="leaf" rows="6" spellcheck="false"></textarea></label>'
        f'<button>Verify in this browser</button><output aria-live="polite"></output></form>'
    )
    return page(
        f"{fact.type}", "/console/streams", who(asking), section(f"Fact {position}", pairs(about), data),
        section("Causes", drawn(shown, position)), section("Proof", proof),
    )  # fmt: skip


class Proven(Value):
    """What a browser needs to see that a fact is a leaf of the tree that was signed."""

    leaf: str
    number: int
    size: int
    hashes: tuple[str, ...]
    note: str
    signer: str


@query(
    "/console/facts/{position}/proof",
    requires="audit.read",
    limit="query",
    refuses=["permission.missing", "fact.not_found", "position.not_reached", "proof.incomplete"],
    example={"leaf": "{…}", "number": 1, "size": 3, "hashes": ["…"], "note": "annals/…", "signer": "annals/…+…"},
)
async def console_proof(asking: Asking, position: FactPosition) -> Proven:
    """What proves that this fact is as it was kept?"""
    if not asking.principal.may("proofs.read"):
        raise Refused("permission.missing", "this needs the permission proofs.read")
    await fact_at(asking, position)
    found, _ = await proofs.placed(asking.ask, asking.tenant, position)
    head, _ = await proofs.head(asking.ask, asking.tenant)
    if found is None or head is None:
        raise Refused("fact.not_found", "no fact of this tenant at this position is in the tree")
    hashes = await proofs.hashes(asking.ask, asking.tenant, merkle.inclusion(found.number, found.size), found.tiles)
    return Proven(found.leaf.decode(), found.number, found.size, hashes, found.note, head.signer)


@query(
    "/console/followers", requires="audit.read", limit="query", refuses=SHOWN, answer=str, media_type=HTML,
    example=EXAMPLE,
)  # fmt: skip
async def console_followers(asking: Asking) -> Reply:
    """How far is each follower of the ledger, and what could it not handle?"""
    followers = await standing(asking)
    told = [(one.follower, one.position, one.lag, one.at, state_of(one), len(one.parked)) for one in followers]
    parked = [
        (
            *(one.follower, link(url("facts", fact.position), fact.position), fact.type, fact.stream),
            *("waits behind another" if fact.held else fact.error, fact.tries, fact.parked_at),
        )
        for one in followers
        for fact in one.parked
    ]
    lag = table("How far each is", ("Follower", "Position", "Behind", "Moved at", "State", "Parked"), told)
    header = ("Follower", "Position", "Fact", "Stream", "Why", "Tries", "Since")
    aside = table("Facts of this tenant that could not be handled", header, parked)
    return page("Followers", "/console/followers", who(asking), section("Lag", lag), section("Parked", aside))


class SignedIn(Value):
    """Who is signed in to the console now."""

    by: str


@entrance("/console/session", requires="audit.read", refuses=["token.missing"], answer_example={"by": "an id"})
async def console_session(visitor: Visitor, call: Call) -> SignedIn:
    """Stay signed in to the console: a cookie that no script can read, and that is sent to these pages alone."""
    del visitor
    token = call.headers[b"authorization"].partition(b" ")[2].strip()
    cookie = COOKIE + b"=" + token + b"; Path=/console; HttpOnly; Secure; SameSite=Strict"
    call.out.append((b"set-cookie", cookie))
    return SignedIn(call.who or "")
