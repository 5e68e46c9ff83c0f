-- Who may do what. They belong to the server, not to one database, so they are made before its first migration and
-- stay. Nobody logs in as one of them: a login is a member of those it may become.
do $$
declare
  name text;
begin
  foreach name in array array['annals_owner', 'annals_app', 'annals_projector', 'annals_auditor'] loop
    begin
      if to_regrole(name) is null then
        execute format('create role %I nologin', name);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- Another database of this server is being migrated at this very moment.
    end;
    -- Whoever migrates works as the owner, and starts the processes that work as the others.
    if not pg_has_role(current_user, name, 'set') then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
  if not has_database_privilege('annals_owner', current_database(), 'create') then
    execute format('grant create on database %I to annals_owner', current_database());
  end if;
end $$;
