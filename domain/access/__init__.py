"""Access: who may do what, and where.

Words     A *permission* is one thing that can be asked for, `grades.write`. A *role* is a set of permissions with a
          name: some are built in, others are *defined* by a school, *extended*, *reduced*, and one day *retired*. A
          role is *granted* to a person, everywhere or within a *scope*: a department, a course, a section, or one
          person; and it is *withdrawn*.
Rules     Nobody grants what they lack, nor withdraws it: all that the role permits, the granter may do there too.
          A role that is retired permits nothing any more, and its name is not used again.
          The platform's administrators are made in the platform's own tenant. A guardian is one of somebody.
Neighbours  Every context says which permissions it has, and whose built-in roles they are; whoever admits a request
          hears what happened here.
"""
