"""Audit: what auditors are shown of who did what, and the reports that are compiled of it.

Words     The *trail* has an *entry* for every command, also one that was refused, and for every read that is *watched*.
          A *report* is of one *kind* (access, changes, security, ...) and of one *period*. It is *ordered*, and then
          *compiled*: as a table and as a paper, both signed.
Rules     A report is of a period that is over.
          What was compiled is never compiled otherwise: the same entries are the same bytes, and their digests are
          facts, so that whoever draws it up again can see that it is the same.
          Who audits reads, and what they read is in the trail as well; they change nothing.
Neighbours  The trail tells of the commands of all contexts. Each may say which of its facts security is watched by.
"""
