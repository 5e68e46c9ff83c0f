-- The signed head of a tenant's tree, and what witnesses have signed of it; and where each was then.
create or replace function proof.checkpoint(_tenant uuid)
returns table ("position" bigint, page json)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select p.position, coalesce((
    select json_agg(r) from (
      select t.size, t.note, t.signer, t.at, coalesce((
        select json_agg(w order by w.witness)
        from (select v.witness, v.size, v.note, v.at from proof.witnessed v where v.tenant = _tenant) w
      ), '[]') as witnessed
      from proof.trees t where t.tenant = _tenant
    ) r
  ), '[]')
  from followers.checkpoints p where p.follower = 'archivist' and p.log = ledger.log_of(_tenant);
end $$;

revoke execute on function proof.checkpoint from public;
grant execute on function proof.checkpoint to annals_app;
