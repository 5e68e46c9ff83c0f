-- How far each follower has come in the log of a tenant, and what it has parked of that tenant's facts.
create or replace function followers.followers_standing(_tenant uuid)
returns table ("position" bigint, page json)
language plpgsql stable
as $$
declare
  _log smallint := ledger.log_of(_tenant);
begin
  return query
  select h.position, coalesce((
    select json_agg(r) from (
      select l.follower, l.position, l.head, l.lag, l.at, l.leased, l.paused, coalesce((
        select json_agg(p) from (
          select k.position, k.stream, k.type, k.held, k.tries, k.error, k.parked_at
          from followers.parked k
          where k.follower = l.follower and k.log = _log and k.tenant = _tenant order by k.position limit 50
        ) p
      ), '[]') as parked
      from followers.lag l where l.log = _log order by l.lag desc, l.follower
    ) r
  ), '[]')
  from ledger.log_head h where h.log = _log;
end $$;

revoke execute on function followers.followers_standing from public;
grant execute on function followers.followers_standing to annals_app;
