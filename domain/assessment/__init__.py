"""Assessment: what learners are asked, and what they reached.

Words     An assessment is *drafted* for a course, with so many *points* to reach and so many to *pass*. It may be
          *revised* until it is *published*, and again when it was *withdrawn*. Of a learner a *result* is *recorded*:
          the points they reached, and whether that was enough.
Rules     It is passed with more than none and at most all of its points.
          Results are recorded of what is published, and of who is on the course. A later one stands in place of the
          one before it; what was completed by a pass stays so.
          To the people of one course, what another course asks is not there.
Neighbours  Catalog links an item of a course to an assessment. Progress completes that item when it is passed.
"""
