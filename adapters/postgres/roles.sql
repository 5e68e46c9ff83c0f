-- Who may do what. They belong to the server, not to one database, so they are made before its first migration and
-- stay. Nobody logs in as one of them: a login is a member of those it may become.
do $$
declare
  name text;
begin
  foreach name in array array['annals_owner', 'annals_app', 'annals_projector', 'annals_auditor', 'annals_witness']
  loop
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
  -- Erasing somebody ends with what was written before it being written over. Where whoever migrates may not permit
  -- that, it is for whoever runs the server to do: erasures wait for it, and say so.
  begin
    grant pg_checkpoint to annals_projector;
    grant execute on function pg_catalog.pg_switch_wal(), pg_catalog.pg_ls_waldir() to annals_projector;
  exception when insufficient_privilege then
    null;
  end;
  -- The owner makes the schemas that are migrated, the projector one for each read model.
  foreach name in array array['annals_owner', 'annals_projector'] loop
    if not has_database_privilege(name, current_database(), 'create') then
      execute format('grant create on database %I to %I', current_database(), name);
    end if;
  end loop;
end $$;
