-- Of the first so many entries of a tenant's trail some that come after a place and before a time, in the order of both.
create or replace function trail.entries_of_period(
  _tenant uuid, _at timestamptz, _number bigint, _until timestamptz, _first bigint, _limit int
) returns json
language plpgsql set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return coalesce((select json_agg(r) from (
    select e.number, e.kind, e.id, e.at, e.by, e.action, e.route, e.record, e.outcome, e.code, e.times, e.facts,
      e.position, e.correlation, e.causation, e.origin::json as origin, e.event, e.severity
    from trail.entries e
    where e.tenant = _tenant and (e.at, e.number) > (_at, _number) and e.at < _until and e.number <= _first
    order by e.at, e.number limit _limit
  ) r), '[]');
end $$;

revoke execute on function trail.entries_of_period from public;
grant execute on function trail.entries_of_period to annals_app;
