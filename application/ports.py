"""What we need of the outside world, a Protocol of one to three methods each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.ledger import TenantId
from domain.kernel import Value
from domain.tenancy.configuration import Configuration
from domain.tenancy.flags import Flag
from domain.tenancy.password_policy import PasswordPolicy

Heard = Callable[[int, int], None]
"""Called with a log and the position it has at least reached."""


class Doorbell(Protocol):
    """Says that a log has moved. A ring may be lost: whoever listens also looks for itself from time to time."""

    def ring(self, log: int, position: int) -> None:
        """Tell everyone. Never waits."""
        ...

    def listen(self, heard: Heard) -> AbstractAsyncContextManager[None]:
        """Hear every ring while this is open."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...


class Notice(Value):
    """A message to one person. Sent again under the same id, it is the same message."""

    id: UUID
    tenant: TenantId
    to: str
    subject: str
    text: str
    at: datetime


class Notices(Protocol):
    def send(self, notice: Notice) -> None:
        """Deliver it, or raise. Done twice, it is delivered once."""
        ...


class Features(Protocol):
    """Which features a tenant has on. Everything that a school can do without asks here, and nowhere else."""

    def on(self, tenant: TenantId, flag: Flag) -> bool: ...


class TenantSettings(Protocol):
    """How a tenant is set up: each setting as it was adjusted, or its default."""

    def of(self, tenant: TenantId) -> Configuration: ...


class PasswordPolicies(Protocol):
    """Which passwords a tenant takes."""

    def policy_of(self, tenant: TenantId) -> PasswordPolicy: ...
