"""One school on the platform: from being provisioned, through what it is called and where it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Rejected, Value
from domain.tenancy.events import (
    HostnameMapped,
    HostnameUnmapped,
    TenantProvisioned,
    TenantReactivated,
    TenantRenamed,
    TenantSuspended,
)
from domain.tenancy.events import TenantEvent as Event


class Provision(Value):
    name: str


class Rename(Value):
    name: str


class Suspend(Value):
    reason: str


class Reactivate(Value):
    """Let it work again."""


class MapHostname(Value):
    """Be reached under a hostname, which is claimed at the same time."""

    hostname: str


class UnmapHostname(Value):
    """No longer be reached under a hostname, which is released at the same time."""

    hostname: str


Command = Provision | Rename | Suspend | Reactivate | MapHostname | UnmapHostname


class Unknown(Value, tag=True):
    """Never provisioned."""


class Active(Value, tag=True):
    name: str
    hostnames: frozenset[str] = frozenset()


class Suspended(Value, tag=True):
    name: str
    hostnames: frozenset[str]
    reason: str


State = Unknown | Active | Suspended


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Provision(name):
            yield TenantProvisioned(name)
        case ((Active(called) | Suspended(called)), Provision(name)) if name != called:
            raise Rejected("tenant.exists", "there is a tenant with this id, and it is called otherwise")
        case ((Active(called) | Suspended(called)), Rename(name)) if name != called:
            yield TenantRenamed(name)
        case Active(), Suspend(reason):
            yield TenantSuspended(reason)
        case Suspended(), Reactivate():
            yield TenantReactivated()
        case (Active() | Suspended()) as known, MapHostname(hostname) if hostname not in known.hostnames:
            yield HostnameMapped(hostname)
        case (Active() | Suspended()) as known, UnmapHostname(hostname) if hostname in known.hostnames:
            yield HostnameUnmapped(hostname)
        case Unknown(), _:
            raise Rejected("tenant.not_found", "there is no such tenant")
        case _:
            return  # Already so. Saying it twice changes nothing.


def evolve(state: State, event: Event) -> State:
    match event:
        case TenantProvisioned(name):
            return Active(name)
        case TenantRenamed(name):
            match state:
                case Suspended(_, hostnames, reason):
                    return Suspended(name, hostnames, reason)
                case _:
                    return Active(name, _hostnames(state))
        case TenantSuspended(reason):
            return Suspended(_name(state), _hostnames(state), reason)
        case TenantReactivated():
            return Active(_name(state), _hostnames(state))
        case HostnameMapped(hostname):
            return _reached(state, _hostnames(state) | {hostname})
        case HostnameUnmapped(hostname):
            return _reached(state, _hostnames(state) - {hostname})
        case _:
            assert_never(event)


def _name(state: State) -> str:
    return "" if isinstance(state, Unknown) else state.name


def _hostnames(state: State) -> frozenset[str]:
    return frozenset() if isinstance(state, Unknown) else state.hostnames


def _reached(state: State, hostnames: frozenset[str]) -> State:
    if isinstance(state, Suspended):
        return Suspended(state.name, hostnames, state.reason)
    return Active(_name(state), hostnames)


TENANT = Decider[State, Command, Event]("tenant", Unknown(), decide, evolve)
