-- migrate:up

create schema ledger;

-- One row a log: the position of its last fact. Appending locks it, so that positions have no gaps and
-- the order of positions is the order of commits.
create table ledger.log_head (
  log smallint primary key,
  position bigint not null
) with (fillfactor = 10);

create table ledger.facts (
  log smallint not null,
  position bigint not null,
  tenant uuid not null,
  stream text not null,
  version int not null,
  type text not null,
  data json not null,
  id uuid not null,
  at timestamptz not null,
  by text not null,
  command uuid not null,
  correlation uuid not null,
  causation uuid,
  primary key (log, tenant, stream, version),
  unique (log, position)
) partition by list (log);

comment on table ledger.facts is 'Every decision, for ever. Never updated, never deleted.';
comment on column ledger.facts.position is 'Gapless within a log, in the order of commits.';
comment on column ledger.facts.data is 'The exact bytes that were decided, as JSON.';
comment on column ledger.facts.by is 'The principal on whose behalf it was decided: a person, a policy, an operator.';
comment on column ledger.facts.command is 'The command that decided it: ledger.commands.id.';
comment on column ledger.facts.causation is 'The fact that a policy answered with that command.';

-- The trail of every command, refused ones too, each with the answer it was given. The id is derived from
-- (tenant, principal, route, key) where the client gave a key, so its uniqueness is that of the key.
create table ledger.commands (
  log smallint not null,
  tenant uuid not null,
  id uuid not null,
  name text not null,
  by text not null,
  route text not null,
  key text,
  digest bytea,
  outcome text not null check (outcome in ('accepted', 'refused')),
  stream text not null,
  version int not null,
  position bigint not null,
  refusal bytea,
  at timestamptz not null,
  correlation uuid not null,
  causation uuid,
  origin json,
  primary key (log, tenant, id)
) partition by list (log);

comment on table ledger.commands is 'Every command that was decided, refused ones too, and the answer it was given.';
comment on column ledger.commands.digest is 'SHA-256 of the request: the same key with another digest is a client''s mistake.';
comment on column ledger.commands.position is 'The position of its last fact; where it wrote none, the head it was decided at.';
comment on column ledger.commands.refusal is 'The stable code and the words of the refusal, as JSON.';

-- Where the folding of a long stream may start. Deleting every row changes nothing but time.
create table ledger.snapshots (
  log smallint not null,
  tenant uuid not null,
  stream text not null,
  shape text not null,
  version int not null,
  state json not null,
  primary key (log, tenant, stream)
);

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed: % on %', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger facts_stay before update or delete or truncate on ledger.facts
  for each statement execute function ledger.refuse_change();
create trigger commands_stay before update or delete or truncate on ledger.commands
  for each statement execute function ledger.refuse_change();

-- migrate:down

drop schema ledger cascade;
