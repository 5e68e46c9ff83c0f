-- migrate:up

-- The commands of a log, numbered in the order in which they were kept: also those that were refused, and wrote nothing.
alter table ledger.log_head add column commands bigint not null default 0;
alter table ledger.commands add column number bigint;
comment on column ledger.commands.number is 'Gapless within a log, in the order of commits, refused ones too.';

-- What was kept before is numbered once. The ledger is never changed, but for this.
do $$
declare
  part regclass;
  parts regclass[] := array(
    select p.inhrelid::regclass from pg_inherits p where p.inhparent = 'ledger.commands'::regclass
  );
begin
  foreach part in array parts || 'ledger.commands'::regclass loop
    execute format('alter table %s disable trigger user', part);
  end loop;
  update ledger.commands c set number = n.number
  from (
    select log, tenant, id, row_number() over (partition by log order by position, at, id) as number
    from ledger.commands
  ) n
  where c.log = n.log and c.tenant = n.tenant and c.id = n.id;
  foreach part in array parts || 'ledger.commands'::regclass loop
    execute format('alter table %s enable trigger user', part);
  end loop;
  update ledger.log_head h set commands = (select count(*) from ledger.commands c where c.log = h.log);
end $$;

-- Numbers lie in the order of the rows, so such an index is small, and costs appending next to nothing. A tree that begins
-- with the log would also be taken, as long as nothing is known of the table, for what finds a command by its id.
create index commands_number on ledger.commands using brin (number) with (pages_per_range = 16, autosummarize = on);

create schema trail;

-- What the ledger knows nothing of: requests that were refused before there was a command, and reads that are watched.
-- It waits here for the clerk, who takes it into the trail.
create table trail.noted (
  log smallint not null,
  tenant uuid not null,
  id uuid not null,
  kind text not null check (kind in ('refusal', 'read')),
  at timestamptz not null,
  by text not null,
  action text not null,
  route text not null,
  record text not null,
  outcome text not null check (outcome in ('accepted', 'refused')),
  code text,
  times int not null,
  correlation uuid not null,
  origin text not null,
  primary key (log, tenant, id)
);

-- How far the clerk has come in each log.
create table trail.taken (
  log smallint primary key,
  commands bigint not null,
  position bigint not null
) with (fillfactor = 50);

comment on column trail.taken.commands is 'The number of the last command that is in the trail.';
comment on column trail.taken.position is 'How far the log was when that was kept.';

-- Who did what, when, from where, to which record, with what outcome. Entry n of a tenant is leaf n - 1 of the tree over
-- its trail. Where somebody came from is in the leaf as a digest with salt, so that it can be taken out one day.
create table trail.entries (
  tenant uuid not null,
  number bigint not null,
  log smallint not null,
  kind text not null check (kind in ('command', 'refusal', 'read')),
  id uuid not null,
  at timestamptz not null,
  by text not null,
  action text not null,
  route text not null,
  record text not null,
  outcome text not null check (outcome in ('accepted', 'refused')),
  code text,
  times int not null,
  facts text[] not null,
  position bigint not null,
  correlation uuid not null,
  causation uuid,
  origin_digest text,
  origin text,
  salt bytea,
  event text,
  severity text check (severity in ('info', 'warning', 'critical')),
  primary key (tenant, number)
);
create index entries_by_time on trail.entries (tenant, at, number);
create index entries_by_actor on trail.entries (tenant, by, at, number);
create index entries_by_action on trail.entries (tenant, action, at, number);
create index entries_by_record on trail.entries (tenant, record, at, number);
create index entries_by_correlation on trail.entries (tenant, correlation, at, number);
create index entries_refused on trail.entries (tenant, at, number) where outcome = 'refused';
create index entries_of_security on trail.entries (tenant, at, number) where severity is not null;

comment on column trail.entries.origin_digest is 'What is in the leaf of where somebody came from.';
comment on column trail.entries.facts is 'The types of the facts that a command decided.';
comment on column trail.entries.times is 'How often within a moment: what is refused in the same words is told once.';
comment on column trail.entries.event is 'What it is to those who watch over security; derived, and in no leaf.';

-- An entry stays as it was written. Where somebody came from may be taken out of it, and that is all.
create function trail.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    old.origin := null;
    old.salt := null;
    if old is not distinct from new then
      return new;
    end if;
  end if;
  raise exception 'the trail is never changed: % on %', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger entries_stay before update or delete on trail.entries
  for each row execute function trail.refuse_change();
create trigger entries_are_not_emptied before truncate on trail.entries
  for each statement execute function ledger.refuse_change();

alter table trail.noted enable row level security;
alter table trail.entries enable row level security;
alter table trail.noted force row level security;
alter table trail.entries force row level security;
create policy noted on trail.noted for insert to annals_app with check (true);
create policy taken on trail.noted to annals_projector using (true) with check (true);
create policy kept on trail.entries to annals_projector using (true) with check (true);
create policy seen on trail.entries for select to annals_app using (tenant = current_setting('annals.tenant')::uuid);
create policy audited on trail.entries for select to annals_auditor using (true);

-- A tree over the facts of a tenant, or over its trail, which has an id of its own.
alter table proof.trees add column of text not null default 'facts' check (of in ('facts', 'trail'));
alter table proof.trees add column owner uuid;
comment on column proof.trees.owner is 'Whose trail it is the tree of.';

grant usage on schema trail to annals_app, annals_projector, annals_auditor;
grant insert on trail.noted to annals_app;
grant select, delete on trail.noted to annals_projector;
grant select, insert, update on trail.taken to annals_projector;
grant select, insert, update (origin, salt) on trail.entries to annals_projector;
grant select on trail.entries, trail.taken to annals_app, annals_auditor;

-- migrate:down

alter table proof.trees drop column of, drop column owner;
drop schema trail cascade;
drop index ledger.commands_number;
alter table ledger.commands drop column number;
alter table ledger.log_head drop column commands;
