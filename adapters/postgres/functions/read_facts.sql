-- The facts of one log after a position, in order, each with how far was looked; where none is found, that alone.
-- At most `_window` positions are looked at; `_types` and `_tenant` pick the facts that are wanted of them.
create or replace function ledger.read_facts(
  _log smallint, _after bigint, _window int, _types text[] default null, _tenant uuid default null
) returns table (
  until bigint, "position" bigint, id uuid, tenant uuid, stream text, version int, type text, data json,
  at timestamptz, by text, command uuid, correlation uuid, causation uuid
)
language sql stable
as $$
  -- The facts and the head are seen at one moment, so no fact beyond the head is found.
  select greatest(_after, least(h.position, _after + _window)), f.position, f.id, f.tenant, f.stream, f.version,
    f.type, f.data, f.at, f.by, f.command, f.correlation, f.causation
  from ledger.log_head h
  left join ledger.facts f
    on f.log = _log and f.position > _after and f.position <= _after + _window
    and (_types is null or f.type = any (_types)) and (_tenant is null or f.tenant = _tenant)
  where h.log = _log
  order by f.position
$$;
