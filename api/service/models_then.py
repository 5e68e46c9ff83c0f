"""What a read model showed at a moment, and what became another in it since."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from adapters.postgres.aside import Difference, Standing
from adapters.postgres.browsing import Choice
from adapters.postgres.followers.rows import names_of
from api.http.asides import few
from api.http.problems import Refused
from api.http.queries import Asking, Position, query
from api.service.as_of import up_to
from api.service.facts import allowed
from domain.kernel import Moment, Value
from projections.model import ReadModel, model_named

Model = Annotated[
    str,
    msgspec.Meta(pattern=r"^[a-z_.]+$", max_length=100, description="A read model: `enrollments.roster`."),
]
REFUSES = ["request.invalid", "model.not_found", "aside.too_much", "aside.busy"]


class Stood(Value):
    """A read model as it stood then."""

    position: int
    """How far it had looked; of the last of its facts, where a time was asked about."""
    facts: int
    """So many facts it was made of."""
    left_out: tuple[int, ...]
    """The positions of facts that cannot be shown: those behind them in their streams are left out too."""


class ModelRow(Value):
    table: str
    row: dict[str, Any]


class ModelThen(Value):
    """Every row of its tables, in the order of their keys."""

    model: str
    stood: Stood
    rows: tuple[ModelRow, ...]


class ModelsApart(Value):
    """The rows that are not the same: without `before` it was added, without `after` it is gone."""

    model: str
    before: Stood
    after: Stood
    differences: tuple[Difference, ...]


STOOD: dict[str, Any] = {"position": 4711, "facts": 1, "left_out": []}
ROW = {"course": "celestial-navigation", "learner": "ada", "status": "learning", "lessons": 1, "done": 0}


@query(
    "/api/facts/models/{model}",
    requires="facts.read",
    limit="analytics",
    refuses=REFUSES,
    example={"model": "enrollments.roster", "stood": STOOD, "rows": [{"table": "roster", "row": ROW}]},
)
async def model_as_of(
    asking: Asking, model: Model, position: Position | None = None, at: Moment | None = None
) -> ModelThen:
    """What did this read model show at a position of the ledger, or at a time?

    It is built anew from its facts up to then; without either, up to now. For those who may read all that it is made
    of; and who have `facts.open`, where it shows what is personal. More facts or rows than are told over HTTP are
    refused: `annals as-of` and the lake have no such limit.
    """
    wanted = _readable(asking, model)
    async with asking.asides.lend() as aside:
        standing = await aside.build(wanted, asking.tenant, Choice(to=position, until=up_to(at)))
        rows = await few(ModelRow(table, row) async for table, row in aside.rows(standing))
    return ModelThen(wanted.name, _stood(standing), rows)


@query(
    "/api/facts/models/{model}/differences",
    requires="facts.read",
    limit="analytics",
    refuses=REFUSES,
    example={
        "model": "enrollments.roster",
        "before": STOOD,
        "after": {**STOOD, "position": 4712, "facts": 2},
        "differences": [{"table": "roster", "before": ROW, "after": {**ROW, "done": 1}}],
    },
)
async def model_apart(  # noqa: PLR0913, PLR0917 — two moments
    asking: Asking,
    model: Model,
    before_position: Position | None = None,
    before_at: Moment | None = None,
    after_position: Position | None = None,
    after_at: Moment | None = None,
) -> ModelsApart:
    """What became another in this read model between two moments?

    Each a position or a time. Without the second it is compared with now. As `/api/facts/models/{model}` besides.
    """
    if before_position is None and before_at is None:
        raise Refused("request.invalid", "say from when on: before_position or before_at", path="before_position")
    wanted = _readable(asking, model)
    async with asking.asides.lend() as aside:
        before = await aside.build(wanted, asking.tenant, Choice(to=before_position, until=up_to(before_at)))
        after = await aside.build(wanted, asking.tenant, Choice(to=after_position, until=up_to(after_at)))
        found = await few(aside.differences(before, after))
    return ModelsApart(wanted.name, _stood(before), _stood(after), found)


def _readable(asking: Asking, name: str) -> ReadModel:
    """The model of this name, for those who may read the facts that it is made of."""
    model = model_named(name)
    if model is None or not frozenset(names_of(model.types)) <= frozenset(allowed(asking, None)):
        raise Refused("model.not_found", "there is no read model of this name")
    if model.personal and not asking.principal.may("facts.open"):
        raise Refused("permission.missing", "what is personal is shown to those who have facts.open")
    return model


def _stood(standing: Standing) -> Stood:
    return Stood(standing.position, standing.facts, standing.left_out)
