"""Recording: what is recorded of people while they learn, only of those who agreed to it, and only for a while.

Words     A *recording* is of one person, in a course they are on. Its *source* is their camera, their screen or their
          voice. It is *opened* in the *terms* that were agreed to, and kept *until* a time. What is recorded comes in
          *parts*, one after another, each of which is *kept*. It is *closed* when nothing more comes. When it is
          *purged* all its parts go: its time was over, consent was withdrawn, its person is erased, or it was unwanted.
Rules     Nobody is recorded who did not agree, and nobody any more who withdrew that: each part is decided beside what
          they agree to at that moment, and beside their asking to be forgotten.
          Who withdraws has all their recordings purged together: those of a person are one stream.
          What is recorded is never in a fact. It is kept sealed under the key of its person, as long as the recording.
          What was purged stays purged. That it was there, how much it was, and why it went is told for ever.
Neighbours  Privacy says what somebody agrees to. Enrollments say who is on a course. How long recordings are kept is a
          setting of the school.
"""
