"""Keys: how programs are let in on behalf of a person.

Words     An *API key* is a text that a program shows with each call. It stands for its *owner*, as far as its *scopes*
          go and no further than the owner themselves may at that time. It may be *rotated* into another, which is its
          *lineage*; both are good for the *overlap*. What was called with it is its *use*.
Rules     The text of a key is shown once, when it is issued; only its hash is kept, and that in the vault.
          A key that was revoked, has expired or whose overlap is over is refused, and comes to life no more.
          Of other people's keys nobody is told whether there are any.
          Use is counted by each process, and told in one fact a key and interval: a crash loses at most an interval.
Neighbours  Access says what an owner may. Whoever is refused at the door is not counted.
"""
