"""The port `Doer`: single commands that jobs do, at the worker's desk."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid5

from application.bulk import Desk, Means
from application.jobs import Errand
from application.ledger import Caller, Receipt, Unavailable
from domain.kernel import Stream, Value

DONE_S_MAX = 30.0


class DeskDoer:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def do(self, errand: Errand[Any], stream: Stream[Any, Any, Any], command: Value) -> Receipt:
        """Do it; `Rejected` says no, and while the ledger is away the job is tried again."""
        by = f"job:{type(errand.order).__name__}"
        # The job and the stream make the command, so that the same job does it once, however often it runs.
        id_ = uuid5(errand.id, f"{stream.name}:{type(command).__name__}")
        caller = Caller(errand.tenant, by, "job", errand.correlation, errand.causation, command=id_)

        async def done(means: Means) -> Receipt:
            async with asyncio.timeout(DONE_S_MAX):
                return await means.do(stream, command, caller)

        try:
            return self._desk.run(done)
        except TimeoutError:
            raise Unavailable("the ledger does not answer") from None
