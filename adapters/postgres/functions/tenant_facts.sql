-- A page of one tenant's facts after a position, in order: at most `_limit` of them, found among the next `_window`
-- positions of its log. `until` is how far was looked: whoever goes on from there misses nothing.
create or replace function ledger.tenant_facts(
  _tenant uuid, _after bigint, _window int, _limit int, _types text[]
) returns table (until bigint, head bigint, facts text)
language sql stable
as $$
  with log as materialized (
    select h.log, h.position as head, least(h.position, _after + _window) as until
    from ledger.log_head h where h.log = ledger.log_of(_tenant)
  ), found as materialized (
    select f.position, json_build_object(
      'position', f.position, 'stream', f.stream, 'version', f.version, 'type', f.type, 'data', f.data, 'id', f.id,
      'at', f.at, 'by', f.by, 'command', f.command, 'correlation', f.correlation, 'causation', f.causation
    )::text as fact
    from log l join ledger.facts f on f.log = l.log
    where f.tenant = _tenant and f.position > _after and f.position <= l.until
      and (_types is null or f.type = any (_types))
    order by f.position limit _limit
  )
  select
    case when (select count(*) from found) = _limit then (select max(position) from found) else l.until end,
    l.head, coalesce((select '[' || string_agg(fact, ',' order by position) || ']' from found), '[]')
  from log l
$$;
revoke execute on function ledger.tenant_facts from public;
grant execute on function ledger.tenant_facts to annals_app, annals_auditor;
