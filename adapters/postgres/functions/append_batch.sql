-- Append the facts of many commands to one log, in one transaction and in one order.
--
-- Each command is all or nothing, and none fails its neighbours: it is `accepted`, or it is a `conflict`
-- (one of the streams it read has moved on), or it is `replayed` (its id is known: the stored answer is given
-- again, which is also how a client of a lost connection learns what became of its command). A command that
-- decided nothing, or was refused, comes the same way, so an answer that writes no fact is checked against
-- the heads of its streams as well.
create or replace function ledger.append_batch(
  _log smallint,
  -- one element a command
  _tenant uuid[], _id uuid[], _name text[], _by text[], _route text[], _key text[], _digest bytea[],
  _outcome text[], _stream text[], _version int[], _refusal bytea[],
  _at timestamptz[], _correlation uuid[], _causation uuid[], _origin text[],
  -- one element a stream that a command read: which command, which stream, at which version
  _read_by int[], _read text[], _expected int[],
  -- one element a fact: of which command, in which stream, as which version
  _fact_of int[], _fact_stream text[], _fact_version int[], _fact_type text[], _fact_data text[], _fact_id uuid[]
) returns table (
  n int, verdict text, "position" bigint,
  digest bytea, outcome text, stream text, version int, refusal bytea
)
language plpgsql security definer set search_path = ledger, pg_temp
as $$
#variable_conflict use_column
declare
  base bigint;
begin
  select h.position into strict base from ledger.log_head h where h.log = _log for update;
  -- What follows is a statement of its own: its snapshot sees all that was committed before the lock was granted.
  return query
  with command as materialized (
    select c.* from unnest(
      _tenant, _id, _name, _by, _route, _key, _digest, _outcome, _stream, _version, _refusal,
      _at, _correlation, _causation, _origin
    ) with ordinality as c (
      tenant, id, name, by, route, key, digest, outcome, stream, version, refusal,
      at, correlation, causation, origin, n
    )
  ), known as materialized (
    select c.n, k.* from command c cross join lateral (
      select k.digest, k.outcome, k.stream, k.version, k.position, k.refusal
      from ledger.commands k where k.log = _log and k.tenant = c.tenant and k.id = c.id limit 1
    ) k
  ), moved as materialized (
    select distinct r.n from unnest(_read_by, _read, _expected) as r (n, stream, expected)
    join command c on c.n = r.n
    where r.expected <> coalesce((
      select f.version from ledger.facts f
      where f.log = _log and f.tenant = c.tenant and f.stream = r.stream order by f.version desc limit 1
    ), 0)
  ), fresh as materialized (
    select c.* from command c
    where not exists (select from known k where k.n = c.n) and not exists (select from moved m where m.n = c.n)
  ), fact as materialized (
    select c.n, base + row_number() over (order by f.i) as position,
      c.tenant, f.stream, f.version, f.type, f.data, f.id, c.at, c.by, c.id as command, c.correlation, c.causation
    from unnest(_fact_of, _fact_stream, _fact_version, _fact_type, _fact_data, _fact_id)
      with ordinality as f (n, stream, version, type, data, id, i)
    join fresh c on c.n = f.n
  ), kept as (
    insert into ledger.facts
      (log, position, tenant, stream, version, type, data, id, at, by, command, correlation, causation)
    select _log, f.position, f.tenant, f.stream, f.version, f.type, f.data::json, f.id, f.at, f.by,
      f.command, f.correlation, f.causation
    from fact f
  ), last as materialized (
    select f.n, max(f.position) as position from fact f group by f.n
  ), noted as (
    insert into ledger.commands (log, tenant, id, name, by, route, key, digest, outcome, stream, version, position,
      refusal, at, correlation, causation, origin)
    select _log, c.tenant, c.id, c.name, c.by, c.route, c.key, c.digest, c.outcome, c.stream, c.version,
      coalesce(l.position, base), c.refusal, c.at, c.correlation, c.causation, c.origin::json
    from fresh c left join last l on l.n = c.n
  ), head as (
    update ledger.log_head h set position = base + (select count(*) from fact)
    where h.log = _log and exists (select from fact)
  )
  select c.n::int,
    case when k.n is not null then 'replayed' when f.n is not null then 'accepted' else 'conflict' end,
    case when k.n is not null then k.position else coalesce(l.position, base) end,
    k.digest, k.outcome, k.stream, k.version, k.refusal
  from command c
  left join known k on k.n = c.n
  left join fresh f on f.n = c.n
  left join last l on l.n = c.n;
end $$;

revoke all on function ledger.append_batch from public;
