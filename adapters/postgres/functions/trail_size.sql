-- How far a tenant's trail goes, and how many entries it has.
create or replace function trail.trail_size(_tenant uuid) returns table ("position" bigint, entries bigint)
language plpgsql
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select p.position, coalesce((select max(e.number) from trail.entries e where e.tenant = _tenant), 0)
  from followers.checkpoints p where p.follower = 'clerk' and p.log = ledger.log_of(_tenant);
end $$;

revoke execute on function trail.trail_size from public;
grant execute on function trail.trail_size to annals_app;
