"""Files: what people bring along, kept until it is deleted, and given to nobody before it was found clean.

Words     A file is *uploaded* for its *owner*, and is in *quarantine* until it was *scanned*. Then it is *clean*, it
          was *found infected*, or nobody can tell. It may be *linked* to what is made of it: an item of a course,
          a document. It may be *renamed*, and *deleted*. All that somebody has here are their *belongings*: they are
          *erased* when the person is, and the papers of their certificates with them.
Rules     Only what is clean is ever given to anybody, its owner too. While nobody scans, nothing becomes clean.
          A verdict stands: what was found infected is never clean again.
          What a file is, is said by its content and not by its name; its content never becomes another.
          What is linked is not deleted: it is unlinked first. Erasing does both.
          A name is personal data of the owner, and sealed in facts. Content is kept outside, and forgotten for good.
Neighbours  Catalog and library link files. Who may open an item of a course is asked of enrollments.
"""
