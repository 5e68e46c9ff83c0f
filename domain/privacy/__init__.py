"""Privacy: what people may ask of whoever keeps something of them.

Words     Somebody may ask for an *export*: all that is kept of them, in one archive, which is *made* by a job, can be
          fetched for some days, and is *forgotten*. They may ask for their *erasure*: then their key is *destroyed*,
          they are *forgotten* wherever they are shown, each *part* of the house says that it *erased* what it had, and
          when all have, they are erased. A *hold* keeps somebody's data where the law wants it, until it is *lifted*.
          They *consent* to a *purpose* in certain *terms*, and *withdraw* that.
          *Data* of a *class* is kept at hand for so many days, its *retention*; then it is put away in an *archive*,
          and may be *restored* from there.
Rules     An export holds what is of its person and nobody else's. It is sealed under their key, as facts are.
          Nobody is erased who is held, and nobody is held who is being erased: both are decided on one stream.
          A key that was destroyed is not made again: what comes later of that person is refused.
          What was withdrawn is not done from that moment on; each purpose is a matter of its own.
          Nothing is dropped before the file that it was put into was read again. What is held stays at hand.
          That somebody asked, and what became of it, stays, under an id that nothing leads from to a name.
Neighbours  Every context says which of its facts are of a person: `application.belonging`. Identity closes accounts.
"""
