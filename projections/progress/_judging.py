"""What rules ask of `how_far`: who is to be assessed again, and what is known of a learner on some courses."""

from __future__ import annotations

import msgspec

from domain.kernel import CourseId, Value
from projections.model import question, rows

OF_RULES = "".join(
    (
        question(
            "unfinished",
            "_course text, _learner text, _limit int",
            """
  coalesce((
    select json_agg(r.learner order by r.learner) from (
      select l.learner from {schema}.learners l
      join {schema}.marks m on m.tenant = _tenant and m.course = _course and m.learner = l.learner
      where l.tenant = _tenant and l.course = _course and l.learner > coalesce(_learner, '')
        and l.status = 'learning' and m.completed_at is null
      order by l.learner
      limit _limit
    ) r
  ), '[]')
""",
        ),
        question(
            "evidence",
            "_learner text, _courses text",
            rows("""
      select l.course, m.completed_at is not null or coalesce(l.rested, l.status) = 'graduated' as completed,
        s.required, s.begun, s.done
      from {schema}.learners l
      left join {schema}.marks m on m.tenant = _tenant and m.course = l.course and m.learner = _learner
      cross join lateral (
        select count(*) as required, count(m.cells -> s.item) as begun,
          count(*) filter (where m.cells -> s.item ->> 1 = '1') as done
        from {schema}.syllabus s where s.tenant = _tenant and s.course = l.course and s.required = 1
      ) s
      where l.tenant = _tenant and l.learner = _learner and l.course = any (string_to_array(_courses, ' '))
"""),
        ),
    )
)


class OfCourse(Value):
    """So many items are required; so many of them are begun, and so many done."""

    course: CourseId
    completed: bool
    required: int
    begun: int
    done: int


of_courses = msgspec.json.Decoder(tuple[OfCourse, ...]).decode
