"""Every row of the table that decides about progress."""

from __future__ import annotations

from domain.kernel import ItemId
from domain.progress.events import CourseItemsCompleted, ItemCompleted, ItemProgressed, ItemStarted, Reached
from domain.progress.progress import PROGRESS, Complete, Finished, Prove, Reassess, Report
from domain.progress.syllabus import Syllabus
from tests.given import about
from tests.proves import proves

given = about(PROGRESS)

one, two, extra, strange = ItemId("one"), ItemId("two"), ItemId("extra"), ItemId("strange")
syllabus = Syllabus(frozenset({one, two, extra}), frozenset({one, two}))


def reach(percent: int, seconds: int, position: int = 0, sitting: str = "monday") -> Reached:
    return Reached(percent, position or seconds, sitting, seconds)


def report(percent: int, seconds: int, sitting: str = "monday") -> Report:
    return Report(one, reach(percent, seconds, sitting=sitting), syllabus)


started = ItemStarted(one, reach(10, 60))
finished = (ItemCompleted(one), ItemCompleted(two), CourseItemsCompleted())


@proves("progress.content")
def test_the_first_report_starts_an_item_and_later_ones_go_on() -> None:
    given().when(report(10, 60)).then(started)
    given(started).when(report(20, 90)).then(ItemProgressed(one, reach(20, 90)))


@proves("progress.content")
def test_a_report_that_comes_twice_or_late_changes_nothing() -> None:
    given(started).when(report(10, 60)).then()
    given(started, ItemProgressed(one, reach(20, 90))).when(report(10, 60)).then()


@proves("progress.content")
def test_percent_never_falls_though_one_goes_back() -> None:
    went_back = ItemProgressed(one, reach(50, 20, sitting="tuesday"))
    history = (started, ItemProgressed(one, reach(50, 90)))
    given(*history).when(report(5, 20, "tuesday")).then(went_back)
    part = given(*history, went_back).state.parts[one]
    assert (part.percent, part.position, part.seconds) == (50, 20, 110)


@proves("progress.content")
def test_a_late_report_that_says_more_counts_for_its_percent_alone() -> None:
    history = (started, ItemProgressed(one, reach(20, 90)))
    given(*history).when(report(30, 80)).then(ItemProgressed(one, Reached(30, 90, "monday", 90)))


@proves("progress.content")
def test_the_seconds_of_every_sitting_are_added_up() -> None:
    history = (started, ItemProgressed(one, reach(10, 30, sitting="tuesday")), ItemProgressed(one, reach(20, 90)))
    assert given(*history).state.parts[one].seconds == 120


@proves("progress.content")
def test_at_100_percent_an_item_is_completed_once() -> None:
    whole = report(100, 600)
    given(started).when(whole).then(ItemProgressed(one, reach(100, 600)), ItemCompleted(one))
    given(started, ItemProgressed(one, reach(100, 600)), ItemCompleted(one)).when(whole).then()


def test_an_item_is_completed_once() -> None:
    given(started).when(Complete(one, syllabus)).then(ItemCompleted(one))
    given(started, ItemCompleted(one)).when(Complete(one, syllabus)).then()


def test_an_item_of_another_course_is_refused() -> None:
    given().when(Complete(strange, syllabus)).refused("progress.unknown_item")
    given().when(Report(strange, reach(1, 1), syllabus)).refused("progress.unknown_item")


@proves("progress.course_completion", "progress.required_items")
def test_the_last_required_item_completes_the_course_once_though_optional_ones_are_open() -> None:
    last = Complete(two, syllabus)
    given(ItemCompleted(one)).when(last).then(ItemCompleted(two), CourseItemsCompleted())
    given(*finished).when(last).then()
    given(*finished).when(Complete(extra, syllabus)).then(ItemCompleted(extra))
    whole = Report(two, reach(100, 5), syllabus)
    given(ItemCompleted(one)).when(whole).then(
        ItemStarted(two, reach(100, 5)), ItemCompleted(two), CourseItemsCompleted()
    )


@proves("progress.required_items")
def test_what_becomes_required_later_counts_for_those_who_have_not_completed_the_course() -> None:
    more = Syllabus(syllabus.items, syllabus.items)
    given(ItemCompleted(one)).when(Complete(two, more)).then(ItemCompleted(two))
    given(*finished).when(Reassess(more)).then()
    assert isinstance(given(*finished).state, Finished)
    given(*finished).when(Complete(extra, more)).then(ItemCompleted(extra))


@proves("progress.required_items")
def test_what_is_not_required_any_more_counts_for_nobody() -> None:
    less = Syllabus(syllabus.items, frozenset({one}))
    given(ItemCompleted(one)).when(Reassess(syllabus)).then()
    given(ItemCompleted(one)).when(Reassess(less)).then(CourseItemsCompleted())
    given(ItemCompleted(one)).when(Report(extra, reach(1, 1), less)).then(
        ItemStarted(extra, reach(1, 1)), CourseItemsCompleted()
    )


def test_where_nothing_is_required_nothing_is_completed() -> None:
    none = Syllabus(syllabus.items)
    given(ItemCompleted(one)).when(Reassess(none)).then()


@proves("progress.content")
def test_what_takes_evidence_is_done_on_nobodys_word() -> None:
    judged = Syllabus(syllabus.items, syllabus.required, frozenset({two}))
    given().when(Complete(two, judged)).refused("progress.evidence_needed")
    given().when(Report(two, reach(100, 60), judged)).then(ItemStarted(two, reach(100, 60)))
    given(ItemCompleted(one)).when(Prove(two, judged)).then(ItemCompleted(two), CourseItemsCompleted())
    given(*finished).when(Prove(two, judged)).then()
    given(*finished).when(Complete(two, judged)).then()
    given().when(Prove(strange, judged)).refused("progress.unknown_item")
    given().when(Complete(one, judged)).then(ItemCompleted(one))
