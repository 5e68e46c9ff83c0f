-- The facts of one stream of a tenant after a position, however long ago they were.
create or replace function ledger.stream_facts(_tenant uuid, _stream text, _after bigint, _limit int, _types text[])
returns table (until bigint, head bigint, facts text)
language sql stable
as $$
  with log as materialized (
    select h.log, h.position as head from ledger.log_head h where h.log = ledger.log_of(_tenant)
  ), found as materialized (
    select f.position, json_build_object(
      'position', f.position, 'stream', f.stream, 'version', f.version, 'type', f.type, 'data', f.data, 'id', f.id,
      'at', f.at, 'by', f.by, 'command', f.command, 'correlation', f.correlation, 'causation', f.causation
    )::text as fact
    from log l join ledger.facts f on f.log = l.log
    where f.tenant = _tenant and f.stream = _stream and f.position > _after
      and (_types is null or f.type = any (_types))
    order by f.version limit _limit
  )
  select
    case when (select count(*) from found) = _limit then (select max(position) from found) else l.head end,
    l.head, coalesce((select '[' || string_agg(fact, ',' order by position) || ']' from found), '[]')
  from log l
$$;
revoke execute on function ledger.stream_facts from public;
grant execute on function ledger.stream_facts to annals_app, annals_auditor;
