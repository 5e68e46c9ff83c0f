-- migrate:up

-- What may be destroyed, unlike facts: the keys of people, and secrets. No question reads here, and no table is read by
-- what is in it: whoever asks names the tenant and the id. So there is no row-level security: it would keep nobody from
-- anything, and auditors, who see the rows of every tenant, may not come in at all. What is here is of no use without the
-- key of the processes, ANNALS_VAULT_KEY.

create table vault.keys (
  tenant uuid not null,
  person text not null,
  wrapped bytea,
  made_at timestamptz not null default now(),
  destroyed_at timestamptz,
  primary key (tenant, person),
  check ((wrapped is null) = (destroyed_at is not null))
);

comment on table vault.keys is 'The key of each person, wrapped; person '''' is the tenant itself.';
comment on column vault.keys.destroyed_at is 'Since when what was sealed under it reads as erased. No other key is made.';

create table vault.secrets (
  tenant uuid not null,
  id uuid not null,
  person text not null,
  kind text not null,
  sealed bytea not null,
  made_at timestamptz not null default now(),
  primary key (tenant, id)
);
create index secrets_by_person on vault.secrets (tenant, person);

comment on table vault.secrets is 'What facts refer to and must not hold, sealed under the key of its person.';

grant usage on schema vault to annals_projector;
grant select, insert, update on vault.keys to annals_app;
grant select on vault.keys to annals_projector;
grant select, insert, delete on vault.secrets to annals_app;

-- migrate:down

drop table vault.secrets, vault.keys;
revoke usage on schema vault from annals_projector;
