-- Some rows of hashes of a tenant's tree, each named by its level and its number: [[0, 7], [1, 0]].
create or replace function proof.tiles(_tenant uuid, _wanted json)
returns table ("position" bigint, page json)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  -- Read first: what may show something of a row is not looked at before row-level security, and so in no index.
  with wanted as materialized (
    select (w ->> 0)::smallint as level, (w ->> 1)::bigint as number from json_array_elements(_wanted) as w
  )
  select p.position, coalesce((
    select json_agg(json_build_array(t.level, t.number, encode(t.hashes, 'hex')))
    from wanted w join proof.tiles t on t.tenant = _tenant and t.level = w.level and t.number = w.number
  ), '[]')
  from followers.checkpoints p where p.follower = 'archivist' and p.log = ledger.log_of(_tenant);
end $$;

revoke execute on function proof.tiles from public;
grant execute on function proof.tiles to annals_app;
