-- Entries of a tenant's trail, the newest first, found by who did it, what was done, to which record, under which
-- correlation, by what was refused, or by when alone. Each way is a walk along an index of its own, from the place where
-- the last page ended; what else is wanted is looked at on the way.
do $make$
declare
  way text[];
begin
  foreach way slice 1 in array array[
    ['by_time', 'e.at', 'true'],
    ['by_actor', 'e.by', 'e.by = _by'],
    ['by_action', 'e.action', 'e.action = _action'],
    ['by_record', 'e.record', 'e.record = _record'],
    ['by_correlation', 'e.correlation', 'e.correlation = _correlation'],
    ['by_refusal', 'e.outcome', $$e.outcome = 'refused'$$],
    ['by_severity', 'e.severity', 'e.severity is not null']
  ] loop
    execute format($function$
      create or replace function trail.%s(_tenant uuid, _by text, _action text, _record text, _correlation uuid,
        _kind text, _outcome text, _code text, _event text, _severities text[], _since timestamptz, _until timestamptz,
        _at timestamptz, _number bigint, _limit int)
      returns table ("position" bigint, page json)
      language plpgsql set plan_cache_mode = force_generic_plan
      as $body$
      begin
        perform set_config('annals.tenant', _tenant::text, true);
        return query
        select p.position, coalesce((select json_agg(r) from (
          select e.number, e.kind, e.id, e.at, e.by, e.action, e.route, e.record, e.outcome, e.code, e.times, e.facts,
            e.position, e.correlation, e.causation, e.origin::json as origin, e.event, e.severity
          from trail.entries e
          where e.tenant = _tenant and %s
            and (e.at, e.number) < (coalesce(_at, 'infinity'), coalesce(_number, 0))
            and e.at >= coalesce(_since, '-infinity') and e.at < coalesce(_until, 'infinity')
            and (_by is null or e.by = _by) and (_action is null or e.action = _action)
            and (_record is null or e.record = _record) and (_correlation is null or e.correlation = _correlation)
            and (_kind is null or e.kind = _kind) and (_outcome is null or e.outcome = _outcome)
            and (_code is null or e.code = _code) and (_event is null or e.event = _event)
            and (_severities is null or e.severity = any (_severities))
          order by e.at desc, e.number desc limit _limit
        ) r), '[]')
        from followers.checkpoints p where p.follower = 'clerk' and p.log = ledger.log_of(_tenant);
      end $body$
    $function$, way[1], way[3]);
    execute format('revoke execute on function trail.%s from public', way[1]);
    execute format('grant execute on function trail.%s to annals_app', way[1]);
  end loop;
end $make$;
