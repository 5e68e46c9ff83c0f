"""Creators: who makes things is given their share of what others pay for them, and is paid out what they earned.

Words     A *creator* turns *monetization* on where they are *eligible*, and has a *payout account* at a gateway, which
          is *enabled* once they have said there all that is wanted. A *donation* is a gift to a creator, with a
          *message*. A *work* is a course or a plan; its *authors* are the creators who made it, each with a part of
          it. A *share* is what a creator has of one payment, for a work or a donation; the rest is the *fee*. The
          *balance* is what was earned and not paid out: a *payout* *reserves* of it, is *handed over* to the gateway,
          and is *settled* or *failed*.
          A *statement* of a network is *posted* by staff: for whom it pays how much for *advertising*.
Rules     Who is not eligible is told every reason at once.
          Who is named as an author has a share of what is paid after that, and keeps it when another is named. The
          parts of several are all of it; the part of who wants no share is the school's.
          A share and its fee are together what was paid; what is given back is taken back of both in proportion.
          A statement is never changed: it is reversed, and another is posted.
          A balance may fall below nothing, by what is given back; then nothing is paid out until it is earned again.
          No payout is of more than there is, however many are asked for at once.
          What was handed over is paid or returned by what the gateway says, never by what we think. After a day it is
          sent no more, only asked after: what the gateway knows nothing of then is returned.
          Who is suspended is paid nothing.
Neighbours  Payments takes what is donated, and has the journal in which each of these is entered. Identity knows whose
          address is verified.
"""
