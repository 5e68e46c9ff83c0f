"""`annals replay`: every chosen fact once, in order, as JSON and as Arrow; and it goes on where it was killed."""

from __future__ import annotations

from pathlib import Path

from adapters.arrow import arrow
from tests.proves import proves
from tests.replay.told import annals, lines, tell
from tests.servers import Database


@proves("audit.replay")
def test_facts_are_chosen_and_told_in_order(database: Database) -> None:
    tell(database, 12_000)
    everything = annals(database, "replay")
    assert [fact["position"] for fact in lines(everything.stdout)] == list(range(1, 12_001))
    assert b"done: 12,000 facts, " in everything.stderr

    def positions(*chosen: str) -> list[int]:
        return [fact["position"] for fact in lines(annals(database, "replay", *chosen).stdout)]

    tenant = lines(everything.stdout)[0]["tenant"]
    assert positions("--after", "11998") == [11_999, 12_000]
    assert positions("--since", "2026-11-01T08:02Z", "--until", "2026-11-01T08:04Z") == [2, 3]
    assert positions("--stream", "enrollment:course-2:learner-9", "--tenant", tenant) == [9]
    assert positions("--stream", "enrollment:course-2:*", "--to", "20") == [2, 9, 16]
    assert positions("--context", "enrollments", "--to", "3") == [1, 2, 3]
    assert positions("--type", "enrollments.LearnerWithdrew", "--context", "catalog") == []


def test_arrow_says_the_same(database: Database, tmp_path: Path) -> None:
    tell(database, 12_000)
    file = tmp_path / "facts.arrows"
    annals(database, "replay", "--format", "arrow", "--output", str(file))
    with arrow().ipc.open_stream(file) as reader:
        table = reader.read_all()
    told = lines(annals(database, "replay").stdout)
    assert table.column("position").to_pylist() == [fact["position"] for fact in told]
    for name in ("stream", "id", "command", "type", "tenant", "by"):
        assert table.column(name).to_pylist() == [fact[name] for fact in told]
    assert table.schema.field("at").type == arrow().timestamp("us", tz="UTC")
    assert table.column("data")[0].as_py().startswith('{"course":"course-1"')


@proves("audit.replay")
def test_a_file_that_broke_off_is_gone_on_with(database: Database, tmp_path: Path) -> None:
    tell(database, 9_000)
    whole = annals(database, "replay").stdout
    file = tmp_path / "facts.ndjson"
    for cut in (0, 10, 1_000_001, whole.index(b"\n") + 1, len(whole) - 1, len(whole)):
        file.write_bytes(whole[:cut])
        annals(database, "replay", "--output", str(file), "--resume")
        assert file.read_bytes() == whole
    file.unlink()
    annals(database, "replay", "--output", str(file), "--resume")
    assert file.read_bytes() == whole
    assert annals(database, "replay", "--resume", check=False).returncode == 2
