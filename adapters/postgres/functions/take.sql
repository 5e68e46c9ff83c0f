-- Take up to `_want` of what a bucket may have in its present window. One statement on one row, so that however many
-- processes take at once, no more is ever granted than the limit.
create or replace function limits.take(_bucket bytea, _window interval, _limit bigint, _want bigint)
returns table (granted bigint, remaining bigint, resets_in double precision)
language plpgsql security definer set search_path = limits, pg_temp
as $$
declare
  present timestamptz := date_bin(_window, clock_timestamp(), 'epoch');
begin
  if random() < 0.001 then
    delete from limits.windows w where w.bucket in (
      select o.bucket from limits.windows o where o.starts < present - interval '1 day' limit 1000 for update skip locked
    );
  end if;
  return query
  insert into limits.windows as w values (_bucket, present, least(_want, _limit))
  on conflict (bucket) do update set
    -- Whoever waited for the row may come with a window that is over by now; then the newer one counts.
    starts = greatest(w.starts, excluded.starts),
    taken = case when w.starts >= excluded.starts then least(_limit, w.taken + _want) else least(_limit, _want) end
  returning
    new.taken - case when old.starts = new.starts then old.taken else 0 end,
    _limit - new.taken,
    greatest(0, extract(epoch from new.starts + _window - clock_timestamp()))::double precision;
end $$;
revoke execute on function limits.take from public;
grant usage on schema limits to annals_app;
grant execute on function limits.take to annals_app;
