"""Identity: who somebody is, and how they show it.

Words     A *person* has an *address* and perhaps a *username*, and shows who they are with a *credential*; what that
          is, only the vault knows. A *mark* is a keyed hash: it stands for an address or a name where that must not be
          said. Who logs in comes in by an *entry*, which is guarded, and opens a *session*; its access is *refreshed*
          with a token that is good once. A *proof* is a link that was sent to an address: whoever uses it holds it.
Rules     An address and a username belong to one person of a tenant, by identity: `claim:address:{mark}`.
          All sessions of a person are one stream, `sessions:{person}`: they are ended together, or not at all.
          A refresh token that comes twice was stolen by one of the two: its session is ended.
          Too many wrong guesses lock the entry, whether or not there is a person behind it.
          Facts hold no password, no hash, no token; what is personal in them is sealed.
Neighbours  Access hears what ends a session or an account. Letters are sent by jobs, which look addresses up anew.
"""
