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
alter database :"database" owner to migrates;
SQL
