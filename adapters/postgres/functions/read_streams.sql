-- The facts of many streams of one log, each from its snapshot on: concurrent reads of a process become one query.
-- A stream without a snapshot of the wanted shape is read from its beginning.
create or replace function ledger.read_streams(
  _log smallint, _tenant uuid[], _stream text[], _shape text[]
) returns table (n int, version int, type text, data text)
language sql stable
as $$
  select w.n::int, r.version, r.type, r.data
  from unnest(_tenant, _stream, _shape) with ordinality as w (tenant, stream, shape, n)
  left join ledger.snapshots s
    on s.log = _log and s.tenant = w.tenant and s.stream = w.stream and s.shape = w.shape
  cross join lateral (
    select s.version, null::text, s.state::text where s.version is not null
    union all
    select f.version, f.type, f.data::text from ledger.facts f
    where f.log = _log and f.tenant = w.tenant and f.stream = w.stream and f.version > coalesce(s.version, 0)
  ) as r (version, type, data)
  order by w.n, r.version
$$;
