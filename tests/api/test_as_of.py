"""What something was like then, and what led to what: told to who may read it."""

from __future__ import annotations

import json
from uuid import uuid4

from tests.api.serving import LESSONS, Client, Served
from tests.api.visiting import refused
from tests.api.waiting import within
from tests.proves import proves
from tests.replay.told import annals

STREAM = "enrollment:art:ada"
STATE = f"/api/facts/streams/{STREAM}/state"


@proves("audit.replay")
def test_any_aggregate_is_shown_as_it_was(api: Served, client: Client) -> None:
    positions = [client.enroll().json()["position"]]
    for lesson in LESSONS:
        done = client.command(f"/api/enrollments/art/ada/lessons/{lesson}/complete")
        positions.append(done.json()["position"])
    facts = client.get("/api/facts", params={"stream": STREAM}).json()["facts"]

    enrolled = client.get(STATE, params={"position": positions[0]}).json()
    assert (enrolled["state"], enrolled["data"]["left"], enrolled["version"]) == ("Learning", sorted(LESSONS), 1)
    halfway = client.get(STATE, params={"at": facts[1]["at"]}).json()
    assert (halfway["state"], halfway["data"]["left"], halfway["position"]) == ("Learning", ["two"], positions[1])
    assert client.get(STATE).json()["state"] == "Graduated"
    refused(client.get(STATE, params={"position": positions[0] - 1}), 404, "stream.not_found")
    refused(client.get("/api/facts/streams/nothing:at:all/state"), 404, "stream.not_found")
    with Client(api, uuid4()) as other:
        refused(other.get(STATE), 404, "stream.not_found")
    with Client(api, client.tenant, "facts.read", "catalog.read") as blind:
        refused(blind.get(STATE), 404, "stream.not_found")

    told = annals(api.database, "as-of", STREAM, "--tenant", str(client.tenant), "--position", str(positions[1]))
    assert json.loads(told.stdout) == halfway


@proves("audit.replay")
def test_causes_are_followed_to_where_they_began_and_to_all_that_came_of_it(api: Served, client: Client) -> None:
    client.enroll()
    client.command("/api/enrollments/art/ada/lessons/one/complete")
    done = client.command("/api/enrollments/art/ada/lessons/two/complete").json()
    chain = client.get(f"/api/facts/{done['position']}/causes").json()
    (first,) = [one for one in chain["commands"] if one["id"] == done["id"]]
    assert (first["name"], first["causation"], first["outcome"]) == ("enrollments.CompleteLesson", None, "accepted")
    types = [fact["type"] for fact in chain["facts"] if fact["command"] == done["id"]]
    assert types == ["enrollments.LessonCompleted", "enrollments.CourseCompleted"]
    assert chain["whole"]
    completed = chain["facts"][1]

    def policy_has_answered() -> bool:
        """A certificate is issued for the completed course, by a policy."""
        found = client.get(f"/api/facts/{done['position']}/causes").json()
        return any(fact["type"] == "certificates.CertificateIssued" for fact in found["facts"])

    within(60, policy_has_answered)
    chain = client.get(f"/api/facts/{done['position']}/causes").json()
    (issued,) = [fact for fact in chain["facts"] if fact["type"] == "certificates.CertificateIssued"]
    (issuing,) = [one for one in chain["commands"] if one["id"] == issued["command"]]
    assert issuing["causation"] == completed["id"]
    # Whichever of its facts is asked about, it is the same chain: it is told from where it began.
    again = client.get(f"/api/facts/{issued['position']}/causes").json()
    assert again["commands"][0]["id"] == done["id"]
    assert {completed["id"], issued["id"]} <= {fact["id"] for fact in again["facts"]}
    refused(client.get(f"/api/facts/{done['position'] + 10**6}/causes"), 404, "fact.not_found")
    with Client(api, uuid4()) as other:
        refused(other.get(f"/api/facts/{done['position']}/causes"), 404, "fact.not_found")
    with Client(api, client.tenant, "facts.read", "catalog.read") as blind:
        refused(blind.get(f"/api/facts/{done['position']}/causes"), 404, "fact.not_found")
