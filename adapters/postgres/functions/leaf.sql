-- A fact as it is kept, which leaf of its tenant's tree it is, and the rows of hashes that lead from there to the root;
-- found by its position. Nothing where the tenant has no fact there, or none that is in the tree yet.
create or replace function proof.leaf(_tenant uuid, _position bigint)
returns table ("position" bigint, page json)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  with found as materialized (
    select t.number * 32 + n.n - 1 as number, h.size, h.note, json_build_object(
      'tenant', f.tenant, 'log', f.log, 'position', f.position, 'stream', f.stream, 'version', f.version,
      'type', f.type, 'id', f.id, 'at', f.at, 'by', f.by, 'command', f.command, 'correlation', f.correlation,
      'causation', f.causation, 'data', f.data::text
    ) as fact
    from ledger.facts f
    join proof.trees h on h.tenant = _tenant
    cross join lateral (
      select s.number, s.positions from proof.tiles s
      where s.tenant = _tenant and s.level = 0 and s.first <= _position order by s.first desc limit 1
    ) t
    cross join generate_series(1, length(t.positions) / 8) as n
    where f.log = ledger.log_of(_tenant) and f.position = _position and f.tenant = _tenant
      and substr(t.positions, n.n * 8 - 7, 8) = int8send(_position)
  ), wanted as materialized (
    -- On each level the row that the leaf is below, and the row at the right edge.
    select distinct l::smallint as level, w.number
    from found x
    cross join generate_series(0, 11) as l
    cross join lateral unnest(array[x.number >> (5 * (l + 1)), x.size >> (5 * (l + 1))]) as w (number)
    where x.size >> (5 * l) > 0
  )
  select p.position, coalesce((
    select json_agg(r) from (
      select x.number, x.size, x.note, x.fact, (
        select json_agg(json_build_array(t.level, t.number, encode(t.hashes, 'hex')))
        from wanted w join proof.tiles t on t.tenant = _tenant and t.level = w.level and t.number = w.number
      ) as tiles
      from found x
    ) r
  ), '[]')
  from followers.checkpoints p where p.follower = 'archivist' and p.log = ledger.log_of(_tenant);
end $$;

revoke execute on function proof.leaf from public;
grant execute on function proof.leaf to annals_app;
