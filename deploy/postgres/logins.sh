#!/usr/bin/env bash
# Run once, when Postgres makes its data folder: a login for each kind of process, a member of the roles it needs.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set "password=$ANNALS_PASSWORD" --set "database=$POSTGRES_DB" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role annals_owner nologin;
create role annals_app nologin;
create role annals_projector nologin;
create role annals_auditor nologin;
create role annals_witness nologin;
create role migrates login password :'password'
  in role annals_owner, annals_app, annals_projector, annals_auditor, annals_witness;
create role serves login password :'password' in role annals_app;
create role follows login password :'password' in role annals_app, annals_projector;
create role reads login password :'password' in role annals_auditor;
create role copies login replication password :'password' in role annals_auditor, pg_monitor, pg_signal_backend;
grant alter system on parameter synchronous_standby_names to copies;
grant execute on function pg_reload_conf() to copies;
-- An erasure ends with what was written before it being written over.
grant pg_checkpoint to annals_projector;
grant execute on function pg_switch_wal(), pg_ls_waldir() to annals_projector;
alter database :"database" owner to migrates;
SQL
# Who receives the log comes from another container, and the image lets nobody in for that.
hba="$(psql --no-psqlrc --tuples-only --no-align --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command 'show hba_file')"
echo 'host replication copies all scram-sha-256' >> "$hba"
