"""How the tables of `paths` are kept."""

from __future__ import annotations

from projections.model import Many

DRAFT = Many(
    "tenant uuid, path text, title text",
    "insert into paths select tenant, path, title, 'drafted', '[]', null, 0 from fact",
)
RENAME = Many(
    "tenant uuid, path text, title text",
    "update paths p set title = f.title from fact f where p.tenant = f.tenant and p.path = f.path",
)
MOVE = Many(
    "tenant uuid, path text, status text",
    "update paths p set status = f.status from fact f where p.tenant = f.tenant and p.path = f.path",
)
RULE = Many(
    "tenant uuid, path text, needed int",
    "update paths p set needed = f.needed from fact f where p.tenant = f.tenant and p.path = f.path",
)
CERTIFY = Many(
    "tenant uuid, path text, certified int",
    "update paths p set certified = f.certified from fact f where p.tenant = f.tenant and p.path = f.path",
)
PLACE = Many(
    "tenant uuid, path text, course text, first text, section text",
    """
    update paths p set steps = case
      when p.steps @> jsonb_build_array(jsonb_build_object('course', f.course)) then (
        select jsonb_agg(case s ->> 'course' when f.course then s || n.step else s end order by place)
        from jsonb_array_elements(p.steps) with ordinality t (s, place)
      ) else p.steps || n.step end
    from fact f cross join lateral (
      select jsonb_build_object('course', f.course, 'after', to_jsonb(string_to_array(f.first, ' ')),
        'section', f.section) as step
    ) n
    where p.tenant = f.tenant and p.path = f.path
    """,
)
STAND = Many(
    "tenant uuid, path text, course text, stands text",
    """
    update paths p set steps = (
      select jsonb_agg(case s ->> 'course' when f.course then s || f.stands::jsonb else s end order by place)
      from jsonb_array_elements(p.steps) with ordinality t (s, place)
    )
    from fact f where p.tenant = f.tenant and p.path = f.path
    """,
)
TAKE = Many(
    "tenant uuid, path text, course text",
    """
    update paths p set steps = coalesce((
      select jsonb_agg(jsonb_set(s, '{after}', (s -> 'after') - f.course) order by place)
      from jsonb_array_elements(p.steps) with ordinality t (s, place) where s ->> 'course' <> f.course
    ), '[]')
    from fact f where p.tenant = f.tenant and p.path = f.path
    """,
)
REORDER = Many(
    "tenant uuid, path text, courses text",
    """
    update paths p set steps = (
      select jsonb_agg(s order by array_position(string_to_array(f.courses, ' '), s ->> 'course'))
      from jsonb_array_elements(p.steps) t (s)
    )
    from fact f where p.tenant = f.tenant and p.path = f.path
    """,
)
BEGIN = Many(
    "tenant uuid, path text, learner text, at timestamptz",
    """
    insert into journeys select tenant, path, learner, 'walking', at, null, '{}', '{}' from fact
    on conflict (tenant, path, learner) do update set status = 'walking', begun_at = excluded.begun_at
    """,
)
OPEN = Many(
    "tenant uuid, path text, learner text, course text",
    """
    update journeys j set opened = j.opened || f.course
    from fact f where j.tenant = f.tenant and j.path = f.path and j.learner = f.learner
    """,
)
ADVANCE = Many(
    "tenant uuid, path text, learner text, course text",
    """
    update journeys j set done = j.done || f.course
    from fact f where j.tenant = f.tenant and j.path = f.path and j.learner = f.learner
    """,
)
END = Many(
    "tenant uuid, path text, learner text, status text, completed_at timestamptz",
    """
    update journeys j set status = f.status, completed_at = f.completed_at
    from fact f where j.tenant = f.tenant and j.path = f.path and j.learner = f.learner
    """,
)
