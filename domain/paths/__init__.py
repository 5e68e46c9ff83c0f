"""Paths: courses in an order, with rules, that lead somewhere together, and learners on them.

Words     A path is *drafted* with *steps* in order, each a course; a step may have *prerequisites*, steps of the same
          path that come first, and a *remedy*, a course that helps with it. Its *rule* says how many of the steps
          complete it: all, or a number of them. It is *published*, and *retired* one day. A learner *begins* a path,
          is *walking* on it, *completes* it or *leaves* it: their *journey* is all their paths. A step *opens* for them
          when they are enrolled on its course. A step *rests* while nobody enrols on its course. A *locked* step keeps
          its place for everyone.
Rules     A course is one step of a path at most. Prerequisites go round in no circle, and name steps that are there.
          The number that is needed is never more than there are steps. Only what has a step is published, and keeps
          one. What is retired stays so: who is on it goes on.
          A step opens when every step before it is done, or rests: once, so that who leaves its course is not brought
          back. A course that is added to a path opens for everyone who is walking on it.
          A course that is archived rests as a step: it is opened for nobody, and asked of nobody who has not done it,
          until it is published again. A course that is taken from a path is not asked any more, and nobody is taken off
          it. What is completed elsewhere, or before, counts on every path. A path is completed once, and stays so
          whatever becomes of it. A certificate is issued for it where the path said so at that moment.
Neighbours  Enrollments are told whom to enrol, and tell who has completed a course. Catalog tells when a course is
          archived. Certificates are told when a path is completed.
"""
