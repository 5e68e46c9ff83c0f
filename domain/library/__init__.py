"""Library: what people study from, and the text in it.

Words     A document is *added*: a clean file of its owner's, under a title. Its text is *extracted*, page by page, each
          page with an *anchor*, or this *failed*; its *topics* are the words that come up most. It may be *renamed*,
          *shared* with the class of a course, read only, and *deleted*.
Rules     A document is PDF, DOCX, or text (also Markdown), by its content.
          Only its owner changes it, shares it, and ends that. A class is everyone whom the course is open to.
          It is shared with the class of a course that its owner is on, or teaches a section of.
          When a document is deleted, its text goes, and its file, if nothing else is made of that. What others made of
          it stays theirs: questions that were derived name it and its anchor, and what was attempted stays attempted.
          Titles and topics are personal data of the owner, and sealed in facts. Text is kept outside of the ledger.
Neighbours  Files keeps its content. Enrollments says whom a course is open to.
"""
