"""Single sign-on: who is known elsewhere, and comes in here by being known there.

Words     A school *configures* an identity *provider*, on *terms*: how the two know each other, whose addresses it
          speaks for, and which of its words make which *role*. A *sign-in* is one person's way to a provider and back
          again: it is *begun*, *proven* by what the provider says, and *finished*. The name that a provider has for a
          person is a *login*; where it must not be said, a *mark* stands for it. A login is *linked* to a person, who
          may have several. A *message* of a provider is taken once.
Rules     A provider is its tenant's alone; its secret is in the vault.
          A sign-in ends where it began, in the same browser, once, and in time.
          A login is one person's, by identity: `login:{mark}`.
          That a provider says somebody's address makes nobody that person: they link the login themselves, logged in.
          The last way in is not unlinked.
          Roles that follow from what a provider says are withdrawn when it no longer says so.
Neighbours  Identity has the person and the session. Access has the roles.
"""
