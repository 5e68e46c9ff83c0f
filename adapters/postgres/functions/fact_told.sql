-- A fact as a reader is told it, as JSON.
create or replace function ledger.fact_told(_fact ledger.facts) returns text
language sql stable
as $$
  select json_build_object(
    'position', _fact.position, 'stream', _fact.stream, 'version', _fact.version, 'type', _fact.type,
    'data', _fact.data, 'id', _fact.id, 'at', _fact.at, 'by', _fact.by, 'command', _fact.command,
    'correlation', _fact.correlation, 'causation', _fact.causation
  )::text
$$;
revoke execute on function ledger.fact_told from public;
grant execute on function ledger.fact_told to annals_app, annals_auditor;
