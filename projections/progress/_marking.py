"""How the tables of `how_far` are kept."""

from __future__ import annotations

from projections.model import Many

ENROL = Many(
    "tenant uuid, course text, learner text, track text, at timestamptz",
    """
    insert into learners select tenant, course, learner, track, 'learning', at, null from fact
    on conflict (tenant, course, learner) do update set track = excluded.track, status = 'learning',
      enrolled_at = excluded.enrolled_at, rested = null
    """,
)
END = Many(
    "tenant uuid, course text, learner text, status text",
    """
    update learners l set status = f.status
    from fact f where l.tenant = f.tenant and l.course = f.course and l.learner = f.learner
    """,
)
SUSPEND = Many(
    "tenant uuid, course text, learner text",
    """
    update learners l set rested = l.status, status = 'suspended'
    from fact f where l.tenant = f.tenant and l.course = f.course and l.learner = f.learner
    """,
)
REINSTATE = Many(
    "tenant uuid, course text, learner text",
    """
    update learners l set status = coalesce(l.rested, l.status), rested = null
    from fact f where l.tenant = f.tenant and l.course = f.course and l.learner = f.learner
    """,
)
TRANSFER = Many(
    "tenant uuid, course text, learner text, track text",
    """
    update learners l set track = f.track
    from fact f where l.tenant = f.tenant and l.course = f.course and l.learner = f.learner
    """,
)
START = Many(
    "tenant uuid, course text, learner text, item text, percent int, place int, sitting text, seconds int, "
    "at timestamptz",
    """
    insert into marks
    select tenant, course, learner, jsonb_build_object(item, jsonb_build_object('percent', percent, 'position', place,
      'sittings', jsonb_build_object(sitting, seconds), 'started_at', at, 'moved_at', at)),
      jsonb_build_object(item, jsonb_build_array(percent, 0, seconds)), null
    from fact
    on conflict (tenant, course, learner) do update set items = marks.items || excluded.items,
      cells = marks.cells || excluded.cells
    """,
)
GO_ON = Many(
    "tenant uuid, course text, learner text, item text, percent int, place int, sitting text, seconds int, "
    "at timestamptz",
    """
    update marks m set items = jsonb_set(m.items, array[f.item], (m.items -> f.item) || jsonb_build_object(
      'percent', f.percent, 'position', f.place, 'moved_at', f.at,
      'sittings', (m.items -> f.item -> 'sittings') || jsonb_build_object(f.sitting, f.seconds))),
      cells = jsonb_set(m.cells, array[f.item], jsonb_build_array(f.percent, m.cells -> f.item -> 1,
        (m.cells -> f.item ->> 2)::int + f.seconds - coalesce((m.items -> f.item -> 'sittings' ->> f.sitting)::int, 0)))
    from fact f where m.tenant = f.tenant and m.course = f.course and m.learner = f.learner
    """,
)
FINISH = Many(
    "tenant uuid, course text, learner text, item text, at timestamptz",
    """
    insert into marks
    select tenant, course, learner, jsonb_build_object(item, jsonb_build_object('percent', 100, 'position', 0,
      'sittings', '{}'::jsonb, 'started_at', at, 'moved_at', at, 'done_at', at)),
      jsonb_build_object(item, jsonb_build_array(100, 1, 0)), null
    from fact
    on conflict (tenant, course, learner) do update set items = marks.items || (
      select jsonb_object_agg(n.key, coalesce(marks.items -> n.key, n.value)
        || jsonb_build_object('percent', 100, 'done_at', n.value -> 'done_at'))
      from jsonb_each(excluded.items) n
    ), cells = marks.cells || (
      select jsonb_object_agg(n.key, jsonb_build_array(100, 1, coalesce(marks.cells -> n.key -> 2, '0')))
      from jsonb_each(excluded.cells) n
    )
    """,
)
FINISH_ALL = Many(
    "tenant uuid, course text, learner text, at timestamptz",
    """
    update marks m set completed_at = f.at
    from fact f where m.tenant = f.tenant and m.course = f.course and m.learner = f.learner
    """,
)
ENTER = Many(
    "tenant uuid, course text, item text, required int, place int",
    """
    insert into syllabus select * from fact
    on conflict (tenant, course, item) do update set required = excluded.required, place = excluded.place
    """,
)
WEIGH = Many(
    "tenant uuid, course text, item text, required int",
    """
    update syllabus s set required = f.required
    from fact f where s.tenant = f.tenant and s.course = f.course and s.item = f.item
    """,
)
LEAVE = Many(
    "tenant uuid, course text, item text",
    "delete from syllabus s using fact f where s.tenant = f.tenant and s.course = f.course and s.item = f.item",
)
