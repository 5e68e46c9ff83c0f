"""All that one person has here, told as stories."""

from __future__ import annotations

from domain.files.belongings import BELONGINGS, OrderErasure, TellErased
from domain.files.events import BelongingsErased, ErasureOfBelongingsOrdered
from tests.given import about

belongings = about(BELONGINGS)


def test_belongings_are_erased_as_often_as_that_is_ordered() -> None:
    belongings().when(OrderErasure()).then(ErasureOfBelongingsOrdered())
    belongings(ErasureOfBelongingsOrdered()).when(OrderErasure()).then()
    belongings(ErasureOfBelongingsOrdered()).when(TellErased(2, 1)).then(BelongingsErased(2, 1))
    belongings(ErasureOfBelongingsOrdered(), BelongingsErased(2, 1)).when(OrderErasure()).then(
        ErasureOfBelongingsOrdered()
    )
    belongings().when(TellErased(2, 1)).then()
