"""Identity: who somebody is, and how they show it.

Words     A *second factor* is what one has besides a password: an app that shows *codes*, a new one in every *step*
          of 30 seconds, and ten *backup codes* for the day the phone is lost. A *passkey* is a key in a phone, a
          laptop or a stick that signs a *challenge*; it stands for both factors. An *API key* lets a program in on
          behalf of a person, within *scopes*.
Rules     A step is accepted once. A backup code is accepted once. Five failures in a row lock the second step.
          A challenge is answered once. The counter of a passkey only grows.
          A key that is rotated goes on for an overlap, then only the one that follows it is good.
Neighbours  Nobody is asked. What happens here is told through `events`.
"""
