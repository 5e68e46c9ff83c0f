"""Routes that do the least, on the same server: nothing at all, one bare SELECT, one stock application.

Served by `granian --interface asgi bench.peers.routes:app`, with `DATABASE_URL` set for those that need it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import msgspec
from litestar import Litestar, get, post
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool

from bench.peers import stock

URL = os.environ.get("DATABASE_URL", "")


class Body(msgspec.Struct):
    course: str
    learner: str
    lessons: tuple[str, ...]


class Done(msgspec.Struct):
    id: str
    stream: str
    version: int
    position: int


class Row(msgspec.Struct):
    course: str
    learner: str
    status: str
    lessons: int
    done: int


@post("/nothing", status_code=200)
async def nothing(data: Body) -> Done:
    return Done("01900000-0000-7000-8000-000000000001", f"enrollment:{data.course}:{data.learner}", 1, 1)


@get("/nothing")
async def nothing_read() -> Done:
    return Done("01900000-0000-7000-8000-000000000001", "enrollment:biology:ada", 1, 1)


@post("/stock", status_code=200, sync_to_thread=True)
def stock_enroll(data: Body) -> Done:
    return Done(SCHOOL[0].enroll(data.course, data.learner, data.lessons), "", 1, 1)


@get("/bare/courses/{course:str}/{limit:int}")
async def bare_roster(course: str, limit: int) -> list[Row]:
    return await _selected(
        "select course, learner, status, lessons, done from bare_roster where course = %s order by learner limit %s",
        (course, limit),
    )


@get("/bare/learners/{learner:str}")
async def bare_courses(learner: str) -> list[Row]:
    return await _selected(
        "select course, learner, status, lessons, done from bare_roster where learner = %s order by course",
        (learner,),
    )


async def _selected(query: LiteralString, values: tuple[str | int, ...]) -> list[Row]:
    async with POOL[0].connection() as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute(query, values, prepare=True)
        return [Row(*row) for row in await cursor.fetchall()]


SCHOOL: list[stock.School] = []
POOL: list[AsyncConnectionPool[Any]] = []


@asynccontextmanager
async def _servers(_: Litestar) -> AsyncGenerator[None]:
    if not URL:
        yield
        return
    SCHOOL.append(stock.School(stock.environment(URL)))
    async with AsyncConnectionPool(URL, min_size=8, max_size=8, kwargs={"autocommit": True}) as pool:
        POOL.append(pool)
        yield


app = Litestar(
    route_handlers=[nothing, nothing_read, stock_enroll, bare_roster, bare_courses],
    lifespan=[_servers],
    openapi_config=None,
)
