"""The notebook that newcomers begin with runs, and draws what is in the lake."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from application.do import Do
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson
from tests.followers.running import COURSE, LESSONS, caller, enroll, writing
from tests.replay.told import annals
from tests.servers import Database

NOTEBOOK = Path(__file__).parents[2] / "docs/first_look.py"


async def learn(do: Do) -> None:
    for learner in ("ada", "ben", "cy"):
        await enroll(do, learner)
    await enroll(do, "ada", "knots")
    for lesson in LESSONS:
        await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(lesson), caller())
    await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[0]), caller())


async def test_it_draws_three_plots(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with writing(database) as do:
        await learn(do)
    annals(database, "lake", "sync", "--to", str(tmp_path))
    monkeypatch.setenv("LAKE", str(tmp_path))
    found = importlib.util.spec_from_file_location("first_look", NOTEBOOK)
    assert found is not None
    assert found.loader is not None
    notebook: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(notebook)
    _, made = notebook.app.run()
    assert made["told"].rows() == [
        ("enrollments", "LearnerEnrolled", 4),
        ("enrollments", "LessonCompleted", 3),
        ("enrollments", "CourseCompleted", 1),
    ]
    assert made["progress"].rows() == [
        ("art", "began", 2), ("art", "completed", 1), ("art", "enrolled", 3), ("knots", "enrolled", 1),
    ]  # fmt: skip
    assert made["lessons"].get_column("lessons").to_list() == [1, 2, 3]
    plots = [value.to_dict() for name, value in made.items() if name.startswith("plot_")]
    assert len(plots) == 3
    assert all(plot["datasets"] for plot in plots)
