-- Writes anew the tables of ours that something was taken from, so that nothing of it is left in their pages. Of the
-- commands only those of one tenant's log, and only where somebody's origins were forgotten.
create or replace function ledger.rewrite_remains(_tenant uuid) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  part text := 'commands_' || ledger.log_of(_tenant);
begin
  cluster vault.keys using keys_pkey;
  cluster vault.secrets using secrets_pkey;
  cluster followers.parked using parked_pkey;
  cluster trail.noted using noted_pkey;
  cluster trail.entries using entries_pkey;
  execute format('cluster ledger.%I using %I', part, part || '_pkey');
end $$;
