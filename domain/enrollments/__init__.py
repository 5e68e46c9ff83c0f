"""Enrollments: who may learn what, and how far along they are.

Words     A learner *enrols* on a course and is then *learning*; each required lesson is *completed*
          once; with the last one the course is completed and the learner has *graduated*. A learner
          may *withdraw*, and an enrolment may have an end: then it *expires*. It is on a *track*, main or
          beta; what is on beta may be *promoted* to main, and *returned*.
Rules     One enrolment per learner and course at a time, by identity: `enrollment:{course}:{learner}`.
          The lessons that count are those required when the learner enrolled.
          Who withdrew or whose time ran out may enrol again, and starts anew.
          What is on one track is never told among what is on the other. Moving it moves all its history.
Neighbours  Nobody is asked. What happens here is told through `events`.
"""
