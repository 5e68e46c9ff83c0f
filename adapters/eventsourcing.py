"""The ledger as a persistence module of the library `eventsourcing`: its applications run on our tables.

    PERSISTENCE_MODULE=adapters.eventsourcing:LedgerFactory
    ANNALS_TENANT=018f0000-0000-7000-8000-000000000001
    POSTGRES_DBNAME, POSTGRES_HOST, POSTGRES_USER, ... as the library says

An event is a fact of this tenant, with the library's topic as its type. State that is JSON is kept as it is, byte for
byte; other state as a JSON string of its base64. Notification ids are the positions of the tenant's log.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby
from threading import Event, Lock
from types import TracebackType
from typing import Any, cast
from uuid import UUID

import msgspec
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    InterfaceError,
    ListenNotifySubscription,
    Mapper,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
    PostgresProcessRecorder,
    PostgresTrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, retry
from psycopg import Connection, Cursor, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, tuple_row
from uuid_utils.compat import uuid7

from adapters.postgres import arrays
from adapters.postgres.chains import linked
from adapters.postgres.connect import lending
from adapters.postgres.doorbell import CHANNEL
from adapters.postgres.ledger import APPEND, columns
from adapters.postgres.vault import PostgresVault
from application.catalogue import CATALOGUE, decode
from application.door import Aside
from application.ledger import Caller, Entry, Fact, TenantId
from application.ports import Keys
from application.sealing import NO_KEYRING, NO_KEYS, Slot, opened, sealed, sealing
from domain.kernel import Value

POLL_S = 0.1
"""How often a subscription looks by itself, should it hear no ring."""
ROUTE = "eventsourcing"
UUIDS_ONLY = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def state_to_data(state: bytes) -> str:
    """State as JSON that gives back these very bytes. A JSON string is base64; all else is the state itself."""
    try:
        if not isinstance(msgspec.json.decode(state), str) and b"\0" not in state:
            return state.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return f'"{b64encode(state).decode()}"'


def data_to_state(data: str) -> bytes:
    """The bytes that were given to `state_to_data`."""
    return b64decode(data[1:-1]) if data.startswith('"') else data.encode()


class LedgerRecorder(PostgresApplicationRecorder):
    """Records events as facts, by `ledger.append_batch` like everybody else."""

    def __init__(
        self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events", **kwargs: Any
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name, **kwargs)
        self.sql_create_statements.clear()
        ledger = cast("LedgerDatastore", datastore)
        self._tenant = ledger.tenant
        self._by = ledger.by

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Keep these events, all or none of them. A lost connection makes nothing happen twice."""
        positions: Sequence[int] | None = self._keep(self._entry(stored_events) if stored_events else None, **kwargs)
        return positions

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _keep(self, entry: Entry | None, **kwargs: Any) -> Sequence[int] | None:
        """Safe to do again: the command's id is chosen before the first attempt."""
        with self.datastore.get_connection() as connection, connection.transaction():
            positions = self._append(connection, entry) if entry is not None else None
            with connection.cursor() as cursor:
                self._also(cursor, **kwargs)
            return positions

    def _also(self, cursor: Cursor[DictRow], **_: Any) -> None:
        """What else belongs into the same transaction."""

    def _append(self, connection: Connection[Any], entry: Entry) -> Sequence[int]:
        arrays.register(connection)
        with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            log = self._log(connection)
            cursor.execute(APPEND, (log, *columns(linked([entry]))), prepare=True)
            ((_, verdict, position, *_),) = cursor.fetchall()
        if verdict == "conflict":
            raise IntegrityError(f"{entry.stream} has moved")
        return list(range(position - len(entry.facts) + 1, position + 1))

    def _entry(self, events: Sequence[StoredEvent]) -> Entry:
        id_ = uuid7()
        reads: list[tuple[str, int]] = []
        for stream, group in groupby(sorted(events, key=_place), lambda event: str(event.originator_id)):
            # The library lets a stream begin with 0 as well as with 1.
            reads.append((stream, max(next(group).originator_version - 1, 0)))
        facts = tuple(
            Fact(str(event.originator_id), event.originator_version, event.topic, state_to_data(event.state), uuid7())
            for event in events
        )
        caller = Caller(self._tenant, self._by, ROUTE, id_)
        first = facts[0]
        return Entry(id_, f"{ROUTE}.Save", caller, datetime.now(UTC), first.stream, first.version, tuple(reads), facts)

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = _EVENTS_BACKWARDS if desc else _EVENTS
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            log = self._log(connection)
            cursor.execute(query, (log, self._tenant, str(originator_id), gt, gt, lte, lte, limit), prepare=True)
            return [StoredEvent(originator_id, version, topic, data_to_state(data)) for version, topic, data in cursor]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        uuids = self.datastore.originator_id_type == "uuid"
        kind = UUIDS_ONLY if uuids else None
        wanted = list(topics) or None
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            log = self._log(connection)
            cursor.execute(
                _NOTIFICATIONS, (log, self._tenant, after, stop, stop, wanted, wanted, kind, kind, limit), prepare=True
            )
            return [
                Notification(UUID(stream) if uuids else stream, version, topic, data_to_state(data), position)
                for stream, version, topic, data, position in cursor
            ]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def max_notification_id(self) -> int | None:
        kind = UUIDS_ONLY if self.datastore.originator_id_type == "uuid" else None
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(_LAST, (self._log(connection), self._tenant, kind, kind), prepare=True).fetchone()
        return None if row is None else row[0]

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return LedgerSubscription(self, gt, topics)

    def _log(self, connection: Connection[Any]) -> int:
        """Which log keeps this tenant's facts. That never changes."""
        ledger = cast("LedgerDatastore", self.datastore)
        if ledger.log is None:
            with connection.cursor(row_factory=tuple_row) as cursor:
                ((ledger.log,),) = cursor.execute("select ledger.log_of(%s)", (self._tenant,)).fetchall()
        return cast("int", ledger.log)


_SELECT = """
select version, type, data::text from ledger.facts
where log = %s and tenant = %s and stream = %s
  and (%s::bigint is null or version > %s::bigint) and (%s::bigint is null or version <= %s::bigint)
"""
_EVENTS = f"{_SELECT} order by version limit %s"
_EVENTS_BACKWARDS = f"{_SELECT} order by version desc limit %s"
_NOTIFICATIONS = """
select stream, version, type, data::text, position from ledger.facts
where log = %s and tenant = %s and position > %s and (%s::bigint is null or position <= %s::bigint)
  and (%s::text[] is null or type = any (%s::text[])) and (%s::text is null or stream ~ %s::text)
order by position limit %s
"""
_LAST = """
select position from ledger.facts where log = %s and tenant = %s and (%s::text is null or stream ~ %s::text)
order by position desc limit 1
"""


def _place(event: StoredEvent) -> tuple[str, int]:
    return str(event.originator_id), event.originator_version


class LedgerProcessRecorder(PostgresProcessRecorder, LedgerRecorder):
    """Keeps a position that was reached in the transaction of what came of it."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return LedgerRecorder.insert_events(self, stored_events, **kwargs)

    def _also(self, cursor: Cursor[DictRow], **kwargs: Any) -> None:
        if kwargs.get("tracking") is not None:
            self._insert_tracking(cursor, tracking=kwargs["tracking"])


class LedgerSubscription(ListenNotifySubscription[LedgerRecorder]):
    """Wakes when the doorbell rings, looks by itself as well, and outlives its connection."""

    def __init__(self, recorder: LedgerRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        self._ended = Event()
        super().__init__(recorder=recorder, gt=gt, topics=topics)

    def stop(self) -> None:
        super().stop()
        self._ended.set()

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                try:
                    self._follow()
                except (InterfaceError, OperationalError):
                    self._ended.wait(POLL_S)
        except BaseException as error:  # noqa: BLE001 — whoever iterates is told
            self._thread_error = error
            self.stop()

    def _follow(self) -> None:
        with self._recorder.datastore.get_connection() as connection:
            connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
            while not self._has_been_stopped:
                self._pull()
                for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                    break
            connection.execute("unlisten *")


class Told(Value):
    """A fact in the shape that the library gives its events."""

    originator_id: str
    originator_version: int
    event: Any


Question = Callable[[Keys], Coroutine[Any, Any, Any]]


class FactMapper(Mapper[str]):
    """Our facts, in stable words and msgspec's JSON, for an `Application[str]` of the library.

    What is personal in them is sealed and opened, where the environment has ANNALS_VAULT_KEY.
    """

    tenant: TenantId
    ask_keys: Callable[[Question], Any]

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        event: Value = domain_event.event
        version, ring = domain_event.originator_version, NO_KEYRING
        if CATALOGUE.writing(type(event)).personal:
            ring = self.ask_keys(lambda keys: sealing(keys, self.tenant, (event,)))
        topic, data = sealed(event, Slot(self.tenant, str(domain_event.originator_id), version), ring)
        return StoredEvent(domain_event.originator_id, version, topic, data.encode())

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        stream, version = str(stored_event.originator_id), stored_event.originator_version
        topic, state = stored_event.topic, stored_event.state
        if topic in CATALOGUE.personal:
            facts = ((topic, state.decode()),)
            ((_, state),) = self.ask_keys(lambda keys: opened(keys, self.tenant, stream, version, facts))
        return Told(stream, version, decode(topic, state))


class LedgerDatastore(PostgresDatastore):
    """The library's connections, as one of our roles and on behalf of one tenant."""

    tenant: TenantId
    by: str
    log: int | None = None


_AT = ("dbname", "host", "port", "user", "password", "options")


class LedgerFactory(PostgresFactory):
    """What the library makes of an environment."""

    application_recorder_class = LedgerRecorder
    tracking_recorder_class = PostgresTrackingRecorder
    process_recorder_class = LedgerProcessRecorder

    ANNALS_TENANT = "ANNALS_TENANT"
    ANNALS_BY = "ANNALS_BY"
    ANNALS_ROLE = "ANNALS_ROLE"
    ANNALS_VAULT_KEY = "ANNALS_VAULT_KEY"
    ANNALS_VAULT_KEY_BEFORE = "ANNALS_VAULT_KEY_BEFORE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        given = env if isinstance(env, Environment) else Environment(env=env)
        if not given.get(self.POSTGRES_SCHEMA):
            given[self.POSTGRES_SCHEMA] = "eventsourcing"
        super().__init__(given)
        tenant = self.env.get(self.ANNALS_TENANT)
        if not tenant:
            raise OSError(f"whose facts are they? {self.ANNALS_TENANT} is missing")
        self.datastore.__class__ = LedgerDatastore  # The library makes it, and lets nobody choose its class.
        datastore = cast("LedgerDatastore", self.datastore)
        datastore.tenant = TenantId(UUID(tenant))
        datastore.by = self.env.get(self.ANNALS_BY) or ROUTE
        self._vault: Aside[Keys] | None = None
        self._opening = Lock()
        role = self.env.get(self.ANNALS_ROLE) or "annals_app"
        cast("dict[str, Any]", self.datastore.pool.kwargs)["options"] = f"-c role={role} -c timezone=UTC"

    def mapper(self, transcoder: Any = None, mapper_class: Any = None) -> Mapper[Any]:
        mapper: Mapper[Any] = super().mapper(transcoder, mapper_class)
        if isinstance(mapper, FactMapper):
            mapper.tenant = cast("LedgerDatastore", self.datastore).tenant
            mapper.ask_keys = self._ask_keys
        return mapper

    def close(self) -> None:
        self._close_vault()
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close_vault()
        super().__exit__(kind, error, traceback)

    def _close_vault(self) -> None:
        vault, self._vault = self._vault, None
        if vault is not None:
            vault.__exit__(None, None, None)

    def _ask_keys(self, question: Question) -> Any:
        """Ask the vault, which is opened when it is first asked."""
        with self._opening:
            if self._vault is None:
                self._vault = Aside(self._open_vault).__enter__()
            vault = self._vault
        return vault.ask(question)

    @asynccontextmanager
    async def _open_vault(self) -> AsyncGenerator[Keys]:
        key = self.env.get(self.ANNALS_VAULT_KEY)
        before = [one for one in (self.env.get(self.ANNALS_VAULT_KEY_BEFORE) or "").split(",") if one]
        at = {name: value for name, value in cast("dict[str, Any]", self.datastore.pool.kwargs).items() if name in _AT}
        yield PostgresVault(lending(make_conninfo("", **at)), key, before) if key else NO_KEYS
