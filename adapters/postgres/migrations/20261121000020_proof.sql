-- migrate:up

create schema proof;

-- A tree over the facts of each tenant, as RFC 6962 has it. The archivist makes it grow in the same transaction as its
-- checkpoint among the followers, and signs what it has grown to in that transaction too.
create table proof.trees (
  tenant uuid primary key,
  log smallint not null,
  size bigint not null,
  position bigint not null,
  edge bytea not null,
  note text not null,
  signer text not null,
  at timestamptz not null default now()
) with (fillfactor = 50);
create index trees_by_log on proof.trees (log, tenant);

comment on table proof.trees is 'How many facts of each tenant are in its tree, and the signed head of that.';
comment on column proof.trees.position is 'Where in the log the last of them is.';
comment on column proof.trees.edge is 'The largest whole trees that the leaves make, from left to right, 32 bytes each.';
comment on column proof.trees.note is 'The checkpoint, signed: c2sp.org/tlog-checkpoint.';
comment on column proof.trees.signer is 'The key it is signed with. Of use to those who compare it with what they were told.';

-- The hashes of the tree, 32 neighbours a row; those of level 1 are the hashes of the full rows of level 0.
create table proof.tiles (
  tenant uuid not null,
  level smallint not null,
  number bigint not null,
  first bigint not null,
  hashes bytea not null,
  positions bytea not null,
  primary key (tenant, level, number)
) with (fillfactor = 70);
create unique index tiles_by_position on proof.tiles (tenant, first) where level = 0;

comment on column proof.tiles.first is 'On level 0, where in the log the first fact of the row is.';
comment on column proof.tiles.positions is 'On level 0, where in the log each fact of the row is, 8 bytes each.';

-- What witnesses have signed. They keep what they have seen themselves; this is for those who ask us.
create table proof.witnessed (
  tenant uuid not null,
  witness text not null,
  size bigint not null,
  note text not null,
  at timestamptz not null default now(),
  primary key (tenant, witness)
) with (fillfactor = 50);

alter table proof.trees enable row level security;
alter table proof.tiles enable row level security;
alter table proof.witnessed enable row level security;
alter table proof.trees force row level security;
alter table proof.tiles force row level security;
alter table proof.witnessed force row level security;
create policy kept on proof.trees to annals_projector using (true) with check (true);
create policy kept on proof.tiles to annals_projector using (true) with check (true);
create policy kept on proof.witnessed to annals_witness using (true) with check (true);
create policy seen on proof.trees for select to annals_app using (tenant = current_setting('annals.tenant')::uuid);
create policy seen on proof.tiles for select to annals_app using (tenant = current_setting('annals.tenant')::uuid);
create policy seen on proof.witnessed for select to annals_app using (tenant = current_setting('annals.tenant')::uuid);
-- Auditors and witnesses see to all tenants, as they do in the ledger.
create policy audited on proof.trees for select to annals_auditor, annals_witness using (true);
create policy audited on proof.tiles for select to annals_auditor, annals_witness using (true);
create policy audited on proof.witnessed for select to annals_auditor using (true);

grant usage on schema proof to annals_app, annals_projector, annals_auditor, annals_witness;
grant select on proof.trees, proof.tiles to annals_app, annals_projector, annals_auditor, annals_witness;
grant select on proof.witnessed to annals_app, annals_auditor, annals_witness;
grant insert, update on proof.trees, proof.tiles to annals_projector;
grant insert, update on proof.witnessed to annals_witness;

-- migrate:down

drop schema proof cascade;
