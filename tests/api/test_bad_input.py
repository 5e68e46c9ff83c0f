"""Whatever comes in that should not: a clear problem with a stable code, never a failure, and nothing written."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from api.http.call import Call
from api.http.problems import Refused
from api.http.routes import BodyReader
from tests.api.serving import Client, Served, token
from tests.proves import proves

GOOD: dict[str, Any] = {"course": "art", "learner": "ada", "lessons": ["one"]}
ROSTER = "/api/courses/art/roster"
ENROLL = "/api/enrollments"


class Bad(NamedTuple):
    """A request that must be refused, and how."""

    status: int
    code: str
    method: str = "POST"
    path: str = ENROLL
    body: bytes = json.dumps(GOOD).encode()
    headers: dict[str, str] = {}  # noqa: RUF012 — never changed
    field: str | None = None


def body(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def ask(path: str, code: str = "request.invalid", field: str | None = None, status: int = 400) -> Bad:
    return Bad(status, code, "GET", path, b"", field=field)


BAD = {
    "unknown route": ask("/api/nothing", "route.not_found", status=404),
    "unknown route below one that is there": ask(f"{ROSTER}/more", "route.not_found", status=404),
    "wrong method": Bad(405, "method.not_allowed", "DELETE"),
    "method in lower case": Bad(405, "method.not_allowed", "post"),
    "unknown method": Bad(405, "method.not_allowed", "BREW"),
    "HEAD": Bad(405, "method.not_allowed", "HEAD", ROSTER, b""),
    "no JSON": Bad(415, "body.not_json", headers={"Content-Type": "text/plain"}),
    "form": Bad(
        415, "body.not_json", body=b"course=art", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "no content type": Bad(415, "body.not_json", headers={"Content-Type": ""}),
    "malformed JSON": Bad(400, "request.malformed", body=b'{"course": '),
    "two JSON texts": Bad(400, "request.malformed", body=body() + body()),
    "empty body": Bad(400, "request.malformed", body=b""),
    "bad UTF-8": Bad(400, "request.malformed", body=b'{"course":"\xff\xfe","learner":"ada","lessons":["one"]}'),
    "half a surrogate": Bad(400, "request.malformed", body=b'{"course":"\\ud800","learner":"ada","lessons":["one"]}'),
    "UTF-16": Bad(400, "request.malformed", body=json.dumps(GOOD).encode("utf-16")),
    "NaN": Bad(400, "request.malformed", body=b'{"course":NaN}'),
    "nested without end": Bad(400, "request.invalid", body=b"[" * 200_000),
    "nested without end within": Bad(
        400, "request.invalid", "POST", f"{ENROLL}/art/ada/withdraw", b'{"reason":' + b"[" * 200_000
    ),
    "array for object": Bad(400, "request.invalid", body=b"[]"),
    "null": Bad(400, "request.invalid", body=b"null"),
    "missing field": Bad(400, "request.invalid", body=b'{"course":"art"}'),
    "unknown field": Bad(400, "request.invalid", body=body(admin=True), field="$.admin"),
    "number for text": Bad(400, "request.invalid", body=body(course=7), field="$.course"),
    "text for list": Bad(400, "request.invalid", body=body(lessons="one"), field="$.lessons"),
    "number within list": Bad(400, "request.invalid", body=body(lessons=["one", 2]), field="$.lessons[1]"),
    "too many lessons": Bad(400, "request.invalid", body=body(lessons=["one"] * 1_001), field="$.lessons"),
    "NUL in an id": Bad(400, "request.invalid", body=body(learner="a\0b"), field="$.learner"),
    "newline at an id's end": Bad(400, "request.invalid", body=body(learner="ada\n"), field="$.learner"),
    "colon in an id": Bad(400, "request.invalid", body=body(learner="a:b"), field="$.learner"),
    "id of 65": Bad(400, "request.invalid", body=body(learner="a" * 65), field="$.learner"),
    "empty id": Bad(400, "request.invalid", body=body(learner=""), field="$.learner"),
    "id that is not ASCII": Bad(400, "request.invalid", body=body(learner="ädä"), field="$.learner"),
    "time without offset": Bad(400, "request.invalid", body=body(until="2027-01-01T00:00:00"), field="$.until"),
    "day that is none": Bad(400, "request.invalid", body=body(until="2027-02-30T00:00:00Z"), field="$.until"),
    "NUL in text": Bad(
        400, "request.invalid", "POST", f"{ENROLL}/art/ada/withdraw", b'{"reason":"a\\u0000b"}', field="$.reason"
    ),
    "text too long": Bad(
        400, "request.invalid", "POST", f"{ENROLL}/art/ada/withdraw", b'{"reason":"%s"}' % (b"a" * 2_001)
    ),
    "body where none is taken": Bad(
        400, "request.invalid", "POST", f"{ENROLL}/art/ada/lessons/one/complete", b'{"force":true}', field="$.force"
    ),
    "colon in a path": Bad(
        400, "request.invalid", "POST", f"{ENROLL}/a:b/ada/withdraw", b'{"reason":"x"}', field="course"
    ),
    "NUL in a path": ask("/api/courses/a%00b/roster", field="course"),
    "newline in a path": ask("/api/courses/art%0A/roster", field="course"),
    "long path": ask(f"/api/courses/{'a' * 5_000}/roster", field="course"),
    "traversal": ask("/api/courses/..%2f..%2fetc/roster", "route.not_found", status=404),
    "empty domain": Bad(409, "enrollment.nothing_to_learn", body=body(lessons=[])),
    "no key": Bad(400, "idempotency.key_missing", headers={"Idempotency-Key": ""}),
    "key too long": Bad(400, "request.invalid", headers={"Idempotency-Key": "k" * 256}),
    "version that is none": Bad(400, "request.invalid", headers={"If-Match": "new"}),
    "version too large": Bad(400, "request.invalid", headers={"If-Match": '"9999999999"'}),
    "oversized body": Bad(413, "body.too_large", body=b'{"course":"%s"}' % (b"a" * (1 << 20))),
    "negative limit": ask(f"{ROSTER}?limit=-1", field="limit"),
    "no limit": ask(f"{ROSTER}?limit=0", field="limit"),
    "limit too large": ask(f"{ROSTER}?limit=201", field="limit"),
    "limit beyond all numbers": ask(f"{ROSTER}?limit={'9' * 400}", field="limit"),
    "limit that is no number": ask(f"{ROSTER}?limit=ten", field="limit"),
    "negative position": ask(f"{ROSTER}?min_position=-1", field="min_position"),
    "position that was never given": ask(f"{ROSTER}?min_position={10**12}", "position.unknown", "min_position"),
    "position beyond bigint": ask(f"{ROSTER}?min_position={2**63}", field="min_position"),
    "unknown cursor": ask(f"{ROSTER}?cursor=bm90LW91cnM", "cursor.malformed"),
    "cursor of another order": ask(f"{ROSTER}?cursor=WyItZG9uZSIsMSwiYWRhIl0", "cursor.malformed"),
    "cursor with NUL": ask(f"{ROSTER}?cursor=a%00b", "cursor.malformed"),
    "unknown status": ask(f"{ROSTER}?status=asleep", field="status"),
    "unknown parameter": ask(f"{ROSTER}?tenant={uuid4()}", field="tenant"),
    "parameter twice": ask(f"{ROSTER}?limit=1&limit=2"),
    "broken escape": ask(f"{ROSTER}?cursor=%ff%fe", "request.malformed"),
    "injection": ask(f"{ROSTER}?sort=learner;drop%20table%20ledger.facts", field="sort"),
    "unknown type of fact": ask("/api/facts?type=enrollments.Nothing", field="type"),
    "negative after": ask("/api/facts?after=-1", field="after"),
    "last event that is none": Bad(
        400, "request.invalid", "GET", "/api/facts/live", b"", {"Last-Event-ID": "x"}, "Last-Event-ID"
    ),
    "no token": Bad(401, "token.missing", headers={"Authorization": ""}),
    "token of another kind": Bad(401, "token.refused", headers={"Authorization": "Basic YWRhOmFkYQ=="}),
    "token that is none": Bad(401, "token.refused", headers={"Authorization": "Bearer x.y.z"}),
    "expired token": Bad(401, "token.refused", headers={"Authorization": f"Bearer {token(uuid4(), lifetime_s=-10)}"}),
    "other permission": Bad(
        403, "permission.missing", headers={"Authorization": f"Bearer {token(uuid4(), 'enrollments.read')}"}
    ),
    "facts without permission": Bad(
        403,
        "permission.missing",
        "GET",
        "/api/facts",
        b"",
        {"Authorization": f"Bearer {token(uuid4(), 'enrollments.*')}"},
    ),
}


def send(served: Served, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Exactly these bytes, and what came back."""
    with socket.create_connection(served.address, timeout=20) as connection:
        connection.sendall(raw)
        received = b""
        while part := connection.recv(65_536):
            received += part
    head, _, rest = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, rest


def request(bad: Bad, authorization: str) -> bytes:
    given = {
        "Host": "annals",
        "Authorization": authorization,
        "Idempotency-Key": str(uuid4()),
        "Content-Type": "application/json",
        "Connection": "close",
        **bad.headers,
    }
    if bad.body or bad.method == "POST":
        given["Content-Length"] = str(len(bad.body))
    lines = [f"{bad.method} {bad.path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + bad.body


@proves("sec.input_validation", "res.errors")
@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_with_a_code_and_nothing_is_written(api: Served, name: str) -> None:
    bad = BAD[name]
    head = api.head()
    status, headers, answer = send(api, request(bad, f"Bearer {token(uuid4())}"))
    assert status == bad.status, answer
    assert headers["x-request-id"]
    assert api.head() == head
    if bad.method == "HEAD":
        return
    problem = json.loads(answer)
    assert headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == (bad.code, bad.status)
    assert problem["type"] == f"urn:annals:problem:{bad.code}"
    assert problem["request"] == headers["x-request-id"]
    assert problem.get("path") == bad.field or bad.field is None
    if status == 401:
        assert headers["www-authenticate"].startswith("bearer")
    if status == 405:
        assert "POST" in headers["allow"].upper() or "GET" in headers["allow"].upper()
    told = answer.decode().lower()
    for secret in ("traceback", "select ", "psycopg", ".py", "postgres"):
        assert secret not in told


@proves("sec.input_validation")
@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: annals\r\nContent-Length: x\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET /api/courses/\xff\xfe/roster HTTP/1.1\r\nHost: annals\r\nConnection: close\r\n\r\n",
        b"GET /api/courses/%ff%fe/roster HTTP/1.1\r\nHost: annals\r\nConnection: close\r\n\r\n",
        b"POST /api/enrollments HTTP/1.1\r\nHost: annals\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"GET /health HTTP/1.1\r\nHost: annals\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
    ],
    ids=["bad length", "noise", "bytes in the path", "escapes in the path", "two lengths", "huge header"],
)
def test_what_is_hardly_http_is_refused_or_cut_off(api: Served, client: Client, raw: bytes) -> None:
    with socket.create_connection(api.address, timeout=20) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65_536)
        except TimeoutError:
            raise
        except OSError:
            answer = b""  # It was cut off.
    assert not answer or answer.split()[1][:1] == b"4", answer
    assert client.enroll().status_code == 200


@proves("sec.input_validation")
def test_a_body_larger_than_it_says_is_cut_off_while_it_comes(api: Served) -> None:
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    head = (
        f"POST {ENROLL} HTTP/1.1\r\nHost: annals\r\nAuthorization: Bearer {token(uuid4())}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(api.address, timeout=20) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(64):
                connection.sendall(chunk)
        except (ConnectionResetError, BrokenPipeError):
            return
        assert connection.recv(65_536).split()[1] == b"413"


@proves("sec.input_validation")
@pytest.mark.parametrize("said", ["", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"])
def test_a_body_that_is_not_there_is_not_waited_for(api: Served, client: Client, said: str) -> None:
    assert client.enroll().status_code == 200
    head = (
        f"POST {ENROLL}/art/ada/reinstate HTTP/1.1\r\nHost: annals\r\nAuthorization: Bearer {token(client.tenant)}\r\n"
        f"Idempotency-Key: k\r\n{said}\r\n"
    )
    with socket.create_connection(api.address, timeout=20) as connection:
        connection.sendall(head.encode() + (b"0\r\n\r\n" if "chunked" in said else b""))
        assert connection.recv(65_536).split()[1] == b"200"


@proves("sec.input_validation")
def test_a_body_may_come_in_parts(client: Client) -> None:
    whole = json.dumps({"course": "art", "learner": "ada", "lessons": ["one"]}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "parts"}
    sent = client.post(ENROLL, content=iter([whole[:20], whole[20:]]), headers=headers)
    assert sent.status_code == 200, sent.text


INJECTIONS = (
    "' or 1=1 --",
    "'; drop table ledger.facts; --",
    "$$; select pg_sleep(10); $$",
    "%27%20union%20select%20null--",
    "\\'; --",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "../../etc/passwd",
    "ada' AND pg_sleep(5)--",
)


@proves("sec.input_validation")
@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_are_kept_as_they_are_or_refused(client: Client, text: str) -> None:
    assert client.enroll(learner=text).status_code == 400
    assert client.enroll().status_code == 200
    kept = client.command("/api/enrollments/art/ada/withdraw", {"reason": text})
    assert kept.status_code == 200
    fact = client.get("/api/facts").json()["facts"][-1]
    assert fact["data"]["reason"] == text
    for name in ("cursor", "status", "sort", "limit", "min_position"):
        assert client.get(ROSTER, params={name: text}).status_code == 400
    assert client.get("/api/facts", params={"stream": text}).status_code == 400


@proves("sec.input_validation")
def test_a_body_of_any_shape_may_not_be_nested_without_end() -> None:
    scope: Any = {"path": "/", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(Refused, match="nested too deeply"):
        BodyReader(dict[str, Any])(Call(scope, ()), b'{"a":' + b"[" * 200_000)
