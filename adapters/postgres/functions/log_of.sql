-- Which log keeps a tenant's facts. A UUIDv7 begins with the time, so its last bytes are taken.
create or replace function ledger.log_of(_tenant uuid) returns smallint
language sql stable
as $$
  select (('x' || right(_tenant::text, 8))::bit(32)::bigint % (select count(*) from ledger.log_head))::smallint
$$;
