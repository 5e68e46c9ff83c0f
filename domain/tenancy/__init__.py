"""Tenancy: which schools there are, under which hostnames they are reached, and how each of them works.

Words     A school is a *tenant*: it is *provisioned*, may be *renamed*, *suspended* and *reactivated*. A
          *hostname* is *mapped* to the tenant that has *claimed* it, and *released* when it is unmapped. A
          *feature* is switched on or off by its *flag*. A *setting* is adjusted; what nobody adjusted has its
          default. A *password policy* is adopted; what it leaves open is as the platform's floor has it. A school
          has a *beta track* beside main when that feature is on; what is on it, each context says.
Rules     A hostname belongs to one tenant at a time, by identity: `hostname:{name}`. Who claims it and whose
          it becomes is one decision. Tenants and hostnames are kept in the platform's own tenant; how a school
          works is kept in the school's: `features:main`, `settings:main`, `password-policy:main`.
          A tenant that is suspended keeps all it has, and its auditors go on reading.
          A password policy may only be tighter than the floor, and a setting only be what its kind allows.
Neighbours  Everyone asks which features are on and how settings are. Nobody is asked.
"""
