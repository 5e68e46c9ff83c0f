"""Certificates: what a learner holds when a course or a path is completed, and anyone may verify.

Words     A certificate is *issued* under a *serial* when a course is completed, or a path that certifies. It is then
          *signed*: a paper and a badge are made of it, and kept as they are. It may be *revoked*, for a reason; or
          *reissued*, when something on it was wrong: then its *successor* holds, and names it as its *predecessor*.
Rules     One certificate per completion, by identity: its serial is derived from the fact of the completion.
          Same serial, same bytes: what was signed is never made anew.
          A serial that was revoked or reissued never holds again.
          Who verifies is told whether a serial holds and of which course or path it is, and nothing of whose it is.
Neighbours  Enrollments says when a course is completed, catalog what it is called; paths say both of paths.
"""
