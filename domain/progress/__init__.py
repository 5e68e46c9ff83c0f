"""Progress: how far each learner is with each item of a course, on which days they study, and what they have reached.

Words     An item is *started*, *progressed* in and *completed*. What is heard of it is a *reach*: so many percent, at
          a position, in a *sitting* that has lasted so many seconds by now. The *syllabus* of a course is our own copy
          of which items there are and which are *required*. The course's items are *completed* when all that are
          required are. A day on which anything is done is a *study day*; days one after the other are a *streak*;
          some numbers of courses or days are *milestones*.
Rules     Percent never falls. A reach that comes twice, or late, changes nothing: a sitting counts its own seconds.
          At 100 percent an item is completed. Only required items count, those that are required at that moment.
          An item that becomes required later counts for everyone who has not completed the course by then; who has,
          stays complete. An item that becomes optional, or is removed, counts for nobody any more: who has completed
          all others completes the course with their next report, or when they are *reassessed*.
          Without a required item, a course is not completed here. It is completed once.
          What was done stays when a learner leaves the course, and counts when they come back.
          A study day is a day of the calendar in the learner's own time zone, however long it is. A day that is heard
          of late counts all the same. A milestone is reached once, even when its streak has broken since.
Neighbours  Catalog tells which items there are. Enrollments are told who has completed a course, and tell who has
          graduated. Identity is asked for a learner's time zone.
"""
