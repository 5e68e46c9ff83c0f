-- A page of one tenant's facts after a position, in order: at most `_limit` of them, found among the next `_window`
-- positions of its log. `until` is how far was looked: whoever goes on from there misses nothing.
create or replace function ledger.tenant_facts(_tenant uuid, _after bigint, _window int, _limit int, _types text[])
returns table (until bigint, head bigint, facts text)
language plpgsql stable
as $$
declare
  _log smallint := ledger.log_of(_tenant);
  _head bigint := (select h.position from ledger.log_head h where h.log = _log);
  _until bigint := case when _after >= _head - _window then _head else _after + _window end;
begin
  return query
  with found as materialized (
    select f.position, ledger.fact_told(f) as fact
    from ledger.facts f
    where f.log = _log and f.position > _after and f.position <= _until
      and f.tenant = _tenant and (_types is null or f.type = any (_types))
    order by f.position limit _limit
  )
  select
    case when count(*) = _limit then max(f.position) else _until end, _head,
    '[' || coalesce(string_agg(f.fact, ',' order by f.position), '') || ']'
  from found f;
end $$;

revoke execute on function ledger.tenant_facts from public;
grant execute on function ledger.tenant_facts to annals_app, annals_auditor;
