-- migrate:up

create schema vault;

-- Tokens that are refused before their time is over. A row may go once the token has expired.
create table vault.revoked_tokens (
  id uuid primary key,
  expires_at timestamptz not null,
  revoked_at timestamptz not null default now(),
  by text not null
);
create index revoked_tokens_by_expiry on vault.revoked_tokens (expires_at);

comment on table vault.revoked_tokens is 'Tokens, by their `jti`, that are refused although they have not expired.';

grant usage on schema vault to annals_app, annals_auditor;
grant select, insert on vault.revoked_tokens to annals_app;
grant select on vault.revoked_tokens to annals_auditor;

create schema limits;

-- What each caller has asked for in its present window. Losing it costs nothing but a window, so it is not logged.
create unlogged table limits.windows (
  bucket bytea primary key,
  starts timestamptz not null,
  taken bigint not null
) with (fillfactor = 50);
create index windows_by_start on limits.windows (starts);

comment on table limits.windows is 'How much of its rate each caller has taken; a bucket is a hash of who and what for.';

-- migrate:down

drop schema limits cascade;
drop schema vault cascade;
