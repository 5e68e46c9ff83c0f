-- The names of a tenant's streams that begin so and come after one, in order, each with its last version and time: one
-- step along the index of facts for each, however many facts there are.
create or replace function ledger.streams_from(_tenant uuid, _beginning text, _after text, _limit int)
returns table ("position" bigint, page json)
language plpgsql stable
as $$
declare
  _log smallint := ledger.log_of(_tenant);
begin
  return query
  with recursive found as (
    select (
      select f.stream from ledger.facts f
      where f.log = _log and f.tenant = _tenant and f.stream >= _beginning and f.stream > _after
      order by f.stream limit 1
    ) as stream, 1 as n
    union all
    select (
      select f.stream from ledger.facts f
      where f.log = _log and f.tenant = _tenant and f.stream > s.stream
      order by f.stream limit 1
    ), s.n + 1
    from found s where s.n < _limit and starts_with(s.stream, _beginning)
  )
  select h.position, coalesce((
    select json_agg(r) from (
      select s.stream, l.version, l.at
      from found s
      cross join lateral (
        select f.version, f.at from ledger.facts f
        where f.log = _log and f.tenant = _tenant and f.stream = s.stream order by f.version desc limit 1
      ) l
      where starts_with(s.stream, _beginning) order by s.stream
    ) r
  ), '[]')
  from ledger.log_head h where h.log = _log;
end $$;

revoke execute on function ledger.streams_from from public;
grant execute on function ledger.streams_from to annals_app;
