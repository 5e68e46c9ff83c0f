-- The ledger for analysts and auditors, who need none of our code: any tool that speaks SQL will do.
create schema if not exists analysis;
comment on schema analysis is 'Views over the ledger, for people. Start with analysis.types and analysis.facts.';

create or replace view analysis.facts as
  select log, position, at, tenant, split_part(type, '.', 1) as context, split_part(type, '.', 2) as fact,
    split_part(stream, ':', 1) as aggregate, stream, version, data, by, id, command, correlation, causation
  from ledger.facts;
comment on view analysis.facts is
  'Every fact, in the order of (log, position). Fields are read from data: data->>''learner''.';

create or replace view analysis.streams as
  select log, tenant, split_part(stream, ':', 1) as aggregate, stream, max(version) as version,
    min(at) as first_at, max(at) as last_at, min(position) as first_position, max(position) as last_position
  from ledger.facts group by log, tenant, stream;
comment on view analysis.streams is 'Every stream: how many facts it has (its version), its first and its last.';

create or replace view analysis.commands as
  select log, at, tenant, by, split_part(name, '.', 1) as context, split_part(name, '.', 2) as command, outcome,
    convert_from(refusal, 'utf8')::json ->> 'code' as refused_code,
    convert_from(refusal, 'utf8')::json ->> 'detail' as refused_because,
    stream, version, position, route, key, origin, id, correlation, causation
  from ledger.commands;
comment on view analysis.commands is
  'The trail: who asked for what, when, by which route, from where, and what the answer was; refusals too.';

create or replace view analysis.types as
  select split_part(type, '.', 1) as context, split_part(type, '.', 2) as fact, count(*) as facts,
    min(at) as first_at, max(at) as last_at
  from ledger.facts group by type;
comment on view analysis.types is 'Which words the ledger is written in, and how often each was said.';

grant usage on schema analysis to annals_auditor;
grant select on all tables in schema analysis to annals_auditor;
