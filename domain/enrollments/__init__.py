"""Enrollments: who may learn what, and how far along they are.

Words     A learner *enrols* on a course, perhaps in a *section* of it, and is then *learning*; each required lesson is
          *completed* once; with the last one the course is completed and the learner has *graduated*. A learner
          may *withdraw*, and an enrolment may have an end: then it *expires*. It may be *suspended* and *reinstated*.
          A section *offers seats*; who comes when all are taken is *waitlisted*, and *promoted* in order when one is
          released. On a course that is *priced* an enrolment is *held* until it is *paid*, or *lapses*.
          It is on a *track*, main or beta; what is on beta may be *promoted* to main, and *returned*.
          A *group* is enrolled together, and where this is *standing* whoever joins later follows. A *bulk* is a list
          of people, enrolled row by row.
Rules     One enrolment per learner and course at a time, by identity: `enrollment:{course}:{learner}`.
          Who enrols in a section has a seat there or waits for one: both are decided in one append.
          The lessons that count are those required when the learner enrolled.
          Who withdrew or whose time ran out may enrol again; whether they go on or start anew is a setting.
          A payment activates once, however often and however early it is told of. What is refunded is suspended.
          What is on one track is never told among what is on the other. Moving it moves all its history.
Neighbours  Catalog's sections offer their seats here, and its prices say what is paid for first. What happens here is
          told through `events`; whether a course is open to somebody is asked of the entitlements.
"""
