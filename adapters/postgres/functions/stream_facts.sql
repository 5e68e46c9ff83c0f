-- The facts of one stream of a tenant after a position, however long ago they were.
create or replace function ledger.stream_facts(_tenant uuid, _stream text, _after bigint, _limit int, _types text[])
returns table (until bigint, head bigint, facts text)
language plpgsql stable
as $$
declare
  _log smallint := ledger.log_of(_tenant);
  _head bigint := (select h.position from ledger.log_head h where h.log = _log);
begin
  return query
  with found as materialized (
    select f.position, ledger.fact_told(f) as fact
    from ledger.facts f
    where f.log = _log and f.tenant = _tenant and f.stream = _stream and f.position > _after and f.position <= _head
      and (_types is null or f.type = any (_types))
    order by f.version limit _limit
  )
  select
    case when count(*) = _limit then max(f.position) else _head end, _head,
    '[' || coalesce(string_agg(f.fact, ',' order by f.position), '') || ']'
  from found f;
end $$;

revoke execute on function ledger.stream_facts from public;
grant execute on function ledger.stream_facts to annals_app, annals_auditor;
