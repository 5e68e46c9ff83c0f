-- Takes out of the commands of a person, and of those on their own streams, where they came from. Says of how many.
create or replace function ledger.forget_origins(_tenant uuid, _person text, _streams text[]) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  forgotten bigint;
begin
  perform set_config('annals.forgets_origins', 'on', true);
  update ledger.commands set origin = null
  where log = ledger.log_of(_tenant) and tenant = _tenant and origin is not null
    and (by = _person or stream = any (_streams));
  get diagnostics forgotten = row_count;
  perform set_config('annals.forgets_origins', '', true);
  return forgotten;
end $$;
