"""What holds of every fact at once: it is read as it was written, for ever."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given, settings

from application.catalogue import (
    Catalogue,
    UnknownFact,
    Unrecordable,
    Word,
    decode,
    encode,
    type_name,
    words,
    words_of,
)
from domain.enrollments.enrollment import Withdraw
from domain.kernel import Personal, PersonId, Value, personal_fields
from tests import golden
from tests.proves import proves
from tests.values import values

every_fact = pytest.mark.parametrize("word", words().values(), ids=lambda word: word.name)


@every_fact
def test_a_fact_is_read_as_it_was_written(word: Word) -> None:
    @settings(max_examples=100, deadline=None)
    @given(values(word.type))
    def holds(fact: Value) -> None:
        if word.retired or word.personal:
            with pytest.raises(Unrecordable):
                encode(fact)
        else:
            assert decode(*encode(fact)) == fact

    holds()


@every_fact
@proves("es.schema_evolution")
def test_every_fact_has_a_golden_file(word: Word) -> None:
    assert golden.golden(word), f"no golden file shows {word.name}; write it with: python -m tests.golden"


@every_fact
@proves("es.schema_evolution")
def test_golden_facts_decode_for_ever(word: Word) -> None:
    for path in golden.golden(word):
        was = msgspec.json.decode(path.read_bytes())
        now = msgspec.json.decode(msgspec.json.encode(word.decode(path.read_bytes())))
        lost = {field for field in was if field not in now or now[field] != was[field]}
        assert not lost, f"{path.name}: {sorted(lost)} would no longer be read; keep the fields, or retire the word"
        today: Value = decode(word.name, path.read_bytes())
        assert type_name(type(today)) in words()


def test_golden_files_are_of_facts_that_are_known() -> None:
    known = {path for word in words().values() for path in golden.golden(word)}
    assert set(golden.TESTS.glob("*/facts/*.json")) == known, "a golden file shows no fact: was a word renamed?"


def test_missing_golden_files_are_written_and_those_there_are_left(tmp_path: Path) -> None:
    assert len(golden.write(tmp_path)) == len(words())
    old = tmp_path / "enrollments/facts/LessonCompleted.json"
    old.write_text('{"lesson":"as it was"}')
    assert golden.write(tmp_path) == []
    assert old.read_text() == '{"lesson":"as it was"}'
    assert not list(golden.missing(tmp_path))


class NameGiven(Value, person="learner"):
    learner: PersonId
    name: Personal[str]
    nickname: Personal[str | None] = None
    phone: Personal[str] | None = None


class Address(Value):
    street: Personal[str]


class MovedHouse(Value, person="learner"):
    learner: str
    to: Address


class Nicknamed(Value, person="learner"):
    learner: str
    nicknames: tuple[Personal[str], ...]


class Aged(Value, person="learner"):
    learner: str
    age: Personal[int]


class Dialled(Value, person="learner"):
    learner: str
    phone: Annotated[Personal[str], msgspec.Meta(pattern="^[+][0-9]+$")]


class Counted(Value, person="number"):
    number: int
    name: Personal[str]


class Whose(Value):
    name: Personal[str]


class NameTold(Value):
    """Retired: said without the learner."""

    name: str

    def upcast(self) -> NameRecalled:
        return NameRecalled("unknown", self.name)


class NameRecalled(Value):
    learner: str
    name: str


def published(event: Any, **retired: type[Value]) -> Catalogue:
    """The catalogue of a published language made up for a test."""
    module = ModuleType("events")
    vars(module).update(Event=event, **retired)
    return Catalogue(words_of("people", module))


def test_personal_fields_are_found_however_deep() -> None:
    assert personal_fields(NameGiven) == ("name", "nickname", "phone")
    assert personal_fields(MovedHouse) == ("to",)
    assert personal_fields(Nicknamed) == ("nicknames",)
    assert NameGiven.__person__ == "learner"


def test_a_fact_must_say_whose_its_personal_fields_are() -> None:
    assert published(NameGiven).words["people.NameGiven"].personal == ("name", "nickname", "phone")
    with pytest.raises(TypeError, match="does not say who"):
        published(Whose)


@pytest.mark.parametrize("fact", [MovedHouse, Nicknamed, Aged, Dialled], ids=lambda fact: fact.__name__)
def test_what_is_personal_is_text_because_it_may_be_erased(fact: type[Value]) -> None:
    with pytest.raises(TypeError, match="must be Personal"):
        published(fact)


def test_whoever_a_fact_is_about_is_named_by_an_id() -> None:
    with pytest.raises(TypeError, match="so it is the person's id"):
        published(Counted)


def test_a_fact_can_only_be_about_someone_it_names() -> None:
    with pytest.raises(TypeError, match="person='learner' is not one of its fields"):

        class Nameless(Value, person="learner"):  # pyright: ignore[reportUnusedClass]
            name: Personal[str]


def test_a_fact_with_personal_fields_is_not_written_as_it_is() -> None:
    with pytest.raises(Unrecordable, match=r"people\.NameGiven holds personal data \(name, nickname, phone\)"):
        published(NameGiven | NameRecalled).encode(NameGiven(PersonId("ada"), "Ada"))


def test_a_retired_word_is_read_in_the_words_that_followed_it_and_never_written() -> None:
    people = published(NameRecalled, NameTold=NameTold)
    assert people.encode(NameRecalled("ada", "Ada")) == ("people.NameRecalled", '{"learner":"ada","name":"Ada"}')
    assert people.decode("people.NameTold", '{"name":"Ada"}') == NameRecalled("unknown", "Ada")
    with pytest.raises(Unrecordable, match=r"people\.NameTold is retired"):
        people.encode(NameTold("Ada"))


def test_only_facts_are_written() -> None:
    with pytest.raises(Unrecordable, match="Withdraw is not a fact"):
        encode(Withdraw("moved away"))


def test_a_fact_of_a_newer_program_is_told_apart() -> None:
    with pytest.raises(UnknownFact):
        decode("enrollments.LearnerCloned", "{}")


def test_a_field_that_came_later_is_not_missed_in_old_facts() -> None:
    old = decode("enrollments.LearnerEnrolled", '{"course":"algebra","learner":"ada","lessons":["one"]}')
    assert old.until is None
