"""Notices of gateways as they come in: kept word for word, once, and answered at once. The work follows."""

from __future__ import annotations

from uuid import UUID, uuid5

from msgspec.structs import replace

from application.entering import Visitor
from application.gateways import Notice
from application.ledger import Receipt
from domain.kernel import PaymentId, SecretId
from domain.payments.notice import NOTICE, Hear

NOTICES = UUID("5b0f6a0e-8d0b-5a6a-9d6b-0e3f6f1f6d11")
"""The namespace of the ids under which the vault has them."""


async def hear(visitor: Visitor, gateway: str, notice: Notice) -> Receipt:
    """Keep what a gateway told. Told again, it is kept once."""
    tenant = notice.tenant or visitor.tenant
    id_ = uuid5(NOTICES, f"{tenant}\x1f{gateway}\x1f{notice.event}")
    raw = await visitor.means.vault.keep(tenant, "", "gateway.notice", notice.raw, id=id_)
    payment = None if notice.payment is None else PaymentId(notice.payment)
    command = Hear(gateway, notice.kind, notice.reference, payment, notice.made, SecretId(str(raw)))
    caller = replace(visitor.caller, tenant=tenant, by=f"gateway:{gateway}", command=None, key=None, digest=None)
    return await visitor.means.do(NOTICE.at(gateway, notice.event), command, caller)
