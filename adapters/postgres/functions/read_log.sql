-- The facts of one log after a position, in order, as one JSON array, and how far was looked.
-- At most `_window` positions are looked at; `_types` picks the facts that are wanted of them.
create or replace function ledger.read_log(
  _log smallint, _after bigint, _window int, _types text[] default null, _tenant uuid default null
) returns table (until bigint, facts text)
language sql stable
as $$
  with head as (select least(h.position, _after + _window) as until from ledger.log_head h where h.log = _log)
  select h.until, (
    select '[' || string_agg(
      json_build_array(
        f.position, f.id, f.tenant, f.stream, f.version, f.type, f.data, f.at, f.by, f.command, f.correlation, f.causation
      )::text, ',' order by f.position
    ) || ']'
    from ledger.facts f
    where f.log = _log and f.position > _after and f.position <= h.until
      and (_types is null or f.type = any (_types)) and (_tenant is null or f.tenant = _tenant)
  )
  from head h
$$;
