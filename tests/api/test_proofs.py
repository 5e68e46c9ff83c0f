"""Proofs over HTTP: an auditor gets them, and verifies them with a program that knows nothing of the server."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import annals_verify
from api.proving import log_keys
from api.settings import Settings
from tests.api.serving import Client, Served
from tests.api.visiting import refused


def key_of(client: Client) -> annals_verify.Key:
    """What an auditor was told by whoever runs the installation."""
    return annals_verify.key_of(str(log_keys(Settings())(client.tenant)[0]))


def head(client: Client, note: str) -> annals_verify.Note:
    """The signed head, if it is signed."""
    found = annals_verify.note_of(note)
    assert annals_verify.signed(found, key_of(client)) is not None
    return found


def hashes(answer: dict[str, Any]) -> list[bytes]:
    return [b64decode(text) for text in answer["hashes"]]


def test_every_fact_is_proven_to_be_as_it_was_kept_and_to_stay_so(client: Client) -> None:
    first = client.enroll(learner="ada").json()["position"]
    before = client.get("/api/proofs/checkpoint", params={"min_position": first}).json()
    positions = [first, *(client.enroll(learner=f"learner-{number}").json()["position"] for number in range(40))]

    now = client.get("/api/proofs/checkpoint", params={"min_position": positions[-1]}).json()
    assert now["size"] == len(client.get("/api/facts", params={"limit": 200}).json()["facts"])
    assert now["signer"] == str(log_keys(Settings())(client.tenant)[0])
    assert now["witnessed"] == []
    newest, oldest = head(client, now["note"]), head(client, before["note"])
    assert (newest.size, oldest.size) == (now["size"], before["size"])

    def included(at: int, tree: annals_verify.Note) -> bool:
        told = client.get("/api/proofs/inclusion", params={"at": at, "size": tree.size}).json()
        given = (told["number"], told["size"], told["leaf"].encode(), hashes(told), tree.root)
        assert f'"position":{at},' in told["leaf"]
        assert not annals_verify.includes(*given[:2], told["leaf"].replace("learner", "teacher").encode(), *given[3:])
        return annals_verify.includes(*given)

    assert all(included(at, newest) for at in positions)
    assert included(first, oldest)
    assert head(client, client.get("/api/proofs/inclusion", params={"at": first}).json()["note"]) == newest
    grown = client.get("/api/proofs/consistency", params={"first": oldest.size, "size": newest.size}).json()
    assert annals_verify.grew(oldest.size, oldest.root, newest.size, newest.root, hashes(grown))


def test_what_is_not_in_the_tree_is_not_proven(api: Served, client: Client) -> None:
    refused(client.get("/api/proofs/checkpoint"), 404, "checkpoint.not_found")
    refused(client.get("/api/proofs/consistency", params={"first": 0}), 404, "checkpoint.not_found")
    with Client(api, uuid4()) as other:
        theirs = other.enroll().json()["position"]
        ours = client.enroll().json()["position"]
        assert other.get("/api/proofs/inclusion", params={"at": theirs, "min_position": ours}).status_code == 200
        for at in (theirs, 0, 2**40):
            asked = {"at": at, "min_position": ours}
            refused(client.get("/api/proofs/inclusion", params=asked), 404, "fact.not_found")
    size = client.get("/api/proofs/checkpoint").json()["size"]
    for path, asked in (
        ("inclusion", {"at": ours, "size": 0}),
        ("inclusion", {"at": ours, "size": size + 1}),
        ("consistency", {"first": size + 1}),
        ("consistency", {"first": 0, "size": size + 1}),
    ):
        refused(client.get(f"/api/proofs/{path}", params=asked), 400, "proof.no_such_size")
    refused(client.get("/api/proofs/checkpoint", params={"min_position": 2**40}), 400, "position.unknown")


def test_a_tree_that_is_not_whole_proves_nothing_and_says_so(client: Client, api: Served) -> None:
    positions = [client.enroll(learner=f"learner-{number}").json()["position"] for number in range(3)]
    size = client.get("/api/proofs/checkpoint", params={"min_position": positions[-1]}).json()["size"]
    with psycopg.connect(api.database.url) as connection:
        gone = connection.execute("update proof.tiles set hashes = '' where tenant = %s", (client.tenant,))
        assert gone.rowcount
    refused(client.get("/api/proofs/inclusion", params={"at": positions[0]}), 503, "proof.incomplete")
    refused(client.get("/api/proofs/consistency", params={"first": size - 1}), 503, "proof.incomplete")


@pytest.mark.parametrize("path", ["checkpoint", "inclusion?at=1", "consistency?first=1"])
def test_proofs_are_for_those_who_may_have_them(api: Served, path: str) -> None:
    tenant = uuid4()
    with Client(api, tenant, "facts.read") as reader, Client(api, tenant, "proofs.read") as auditor:
        refused(reader.get(f"/api/proofs/{path}"), 403, "permission.missing")
        assert auditor.get(f"/api/proofs/{path}").status_code == 404
