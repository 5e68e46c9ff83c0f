-- migrate:up

create schema followers;

-- How far a follower of a log has come. Written in the same transaction as the effect of what it read.
create table followers.checkpoints (
  follower text not null,
  log smallint not null,
  position bigint not null,
  at timestamptz not null default now(),
  primary key (follower, log)
) with (fillfactor = 50);

comment on table followers.checkpoints is 'How far each follower has come in each log; everything up to there has had its effect.';

-- Facts a follower could not handle, and the later facts of the same stream that wait behind them. Only where
-- they are is kept here, never what they say.
create table followers.parked (
  follower text not null,
  log smallint not null,
  position bigint not null,
  tenant uuid not null,
  stream text not null,
  type text not null,
  held boolean not null,
  tries int not null default 0,
  error text,
  parked_at timestamptz not null default now(),
  release text check (release in ('retry', 'skip')),
  released_by text,
  primary key (follower, log, position)
);
create index parked_by_stream on followers.parked (follower, log, tenant, stream, position);

comment on column followers.parked.held is 'Nothing is known to be wrong with it: it waits behind an earlier fact of its stream.';
comment on column followers.parked.release is 'What an operator wants done with it; the follower itself does it, in order.';

-- Commands to be done at a time, set by policies. The id is that of the command, so firing twice does it once.
create table followers.timers (
  log smallint not null,
  tenant uuid not null,
  id uuid not null,
  due timestamptz not null,
  stream text not null,
  command text not null,
  data json not null,
  by text not null,
  correlation uuid not null,
  causation uuid not null,
  tries int not null default 0,
  error text,
  primary key (log, tenant, id)
);
create index timers_due on followers.timers (log, due);

-- Followers that an operator has told to stand still.
create table followers.paused (
  follower text primary key,
  by text not null,
  at timestamptz not null default now()
);

-- Which version of a read model is shown.
create table followers.models (
  model text primary key,
  version int not null,
  built_at timestamptz not null default now()
);

-- What operators did to followers and jobs: who, when, what, and why it was needed.
create table followers.interventions (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  by text not null,
  action text not null,
  about json not null
);

comment on table followers.interventions is 'What operators did to followers and jobs. Only ever added to.';

-- How far behind each follower is, whether somebody is at work on it, and what it has parked.
create view followers.lag with (security_invoker = true) as
  select c.follower, c.log, c.position, h.position as head, h.position - c.position as lag, c.at,
    exists (
      select from pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(c.follower || ' ' || c.log, 0)
    ) as leased,
    exists (select from followers.paused p where p.follower = c.follower) as paused,
    (select count(*) from followers.parked k where k.follower = c.follower and k.log = c.log) as parked
  from followers.checkpoints c join ledger.log_head h using (log);

grant usage on schema followers to annals_app, annals_projector, annals_auditor;
grant select on all tables in schema followers to annals_app, annals_projector, annals_auditor;
grant insert, update, delete on followers.checkpoints, followers.parked, followers.timers, followers.paused, followers.models
  to annals_projector;
grant insert on followers.interventions to annals_projector;

-- migrate:down

drop schema followers cascade;
