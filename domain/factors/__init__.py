"""Factors: what shows who somebody is, besides a password.

Words     A *second factor* is an app that shows *codes*, a new one in each *step* of 30 seconds, and ten *backup codes*
          for the day the app is lost. A *passkey* is a key in a phone, a laptop or a stick that signs a *challenge*
          once its owner has touched it and said a PIN or shown a finger: it stands for both factors.
          An *attempt* is one time that somebody tries to show who they are.
Rules     Nothing is asked of anybody until they have proved a code of the secret they were shown.
          A step is accepted once, and none before it. A backup code is accepted once; new ones void the old.
          Five failures in a row lock the second step for a quarter of an hour: then even a right code is refused.
          Whoever turns it off, or wants new backup codes, proves a code of now, or a backup code.
          A challenge is answered once. The counter of a passkey only grows: where it falls, there may be a copy.
          Secrets and the hashes of codes are in the vault, and are destroyed when they are of no more use.
Neighbours  Identity asks what is still needed before it opens a session. Letters tell the owner what was turned on or
          off.
"""
