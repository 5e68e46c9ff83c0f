"""Subscriptions: what is paid for again and again, and what it opens for as long as it is.

Words     A *plan* has *terms*: what a period costs, how long it is, and for how many days one tries it for nothing.
          Other terms are another *version* of it. It is drafted, *published*, *retired*.
          A *subscription* is a person's to a plan. It is *starting* until its first *invoice* is paid, or on *trial*;
          then *active*. When a period ends the next is *due*; while that is not paid it is *past due*, and retried.
          A *membership* is all that a person's subscriptions open: the *courses* of their plans, or every course.
Rules     Who subscribed keeps their version until its subscribers are moved to a newer one, from their next period on.
          A period is invoiced once: its payment is named by the subscription, the period and the attempt.
          Periods are counted from the anchor in the subscriber's own days: the 31st is the last day of a shorter month.
          A renewal that fails is retried 1, 3 and 7 days after it was due; then the subscription ends. What it opens
          stays open so long.
          What was cancelled for the end of its period stays open until then, and may be reactivated before.
          Unused days are whole days of a period's days, and count by their share of its price.
          Whom the gateway keeps methods for we have opened there ourselves, for each person: nobody names another.
          What is paid with for the first time is kept, and the payer's bank may ask them; the period begins after it.
          One trial a person and plan; one subscription a person and plan at a time.
Neighbours  Payments takes the money, and says what became of it. Enrollments hears what is open, and what no longer is.
"""
