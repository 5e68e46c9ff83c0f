"""Paths: courses in an order, with rules, that lead somewhere together.

Words     A path is *drafted* with *steps* in order, each a course; a step may have *prerequisites*, steps of the same
          path that come first. Its *rule* says how many of the steps complete it: all, or a number of them. It is
          *published*, and *retired* one day.
Rules     A course is one step of a path at most. Prerequisites go round in no circle, and name steps that are there.
          The number that is needed is never more than there are steps. Only what has a step is published, and keeps
          one. What is retired stays so.
Neighbours  Nobody is asked. What happens here is told through `events`.
"""
