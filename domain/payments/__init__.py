"""Payments: money that is asked for, taken, and given back; and the journal in which all of it balances.

Words     A payment is *initiated* by a *payer* for a *purpose*, and then *authorised* and *captured* by a *gateway*, or
          it *failed*. It may *need action* of the payer, and what was authorised may be *voided*. What was captured may
          be *refunded*, in full or in part, and *disputed* by the payer's bank: a dispute is *won* or *lost*.
          The *journal* has *entries*, each of *lines* on *accounts*: a line above zero is a debit, one below a credit.
          A *notice* is what a gateway tells by itself.
Rules     One payment per identity, `payment:{payment}`: who asks again under the same key pays once.
          What was refunded and is being refunded is never more than what was captured.
          An entry sums to zero in each currency, and is recorded in the same append as what it is about.
          An entry is never changed. It is reversed, once.
          A notice is kept once and never believed: it makes us look at what the gateway has.
          Nothing of a card is kept, only what the gateway calls it.
Neighbours  Catalog says what a course costs. Enrollments awaits what is captured, and hears of what is refunded.
"""
