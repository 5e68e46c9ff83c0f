-- Append the facts of many commands to one log, in one transaction and in one order.
--
-- Each command is all or nothing, and none fails its neighbours: it is `accepted`, or it is a `conflict`
-- (one of the streams it read has moved on), or it is `replayed` (its id is known: the stored answer is given
-- again, which is also how a client of a lost connection learns what became of its command). A command that
-- decided nothing, or was refused, comes the same way, so an answer that writes no fact is checked against
-- the heads of its streams as well.
--
-- Commands that were decided one on the other, before the first of them was kept, are one chain: what such a command
-- read of those before it is not among its reads, and none is accepted after one of its chain that was not.
drop function if exists ledger.append_batch(
  smallint, uuid[], uuid[], text[], text[], text[], text[], bytea[], text[], text[], int[], bytea[], timestamptz[],
  uuid[], uuid[], text[], int[], int[], text[], int[], int[], int[], text[], int[], text[], text[], uuid[]
);
create or replace function ledger.append_batch(
  _log smallint,
  -- one element a command
  _tenant uuid[], _id uuid[], _name text[], _by text[], _route text[], _key text[], _digest bytea[],
  _outcome text[], _stream text[], _version int[], _refusal bytea[],
  _at timestamptz[], _correlation uuid[], _causation uuid[], _origin text[], _facts int[],
  -- one element a stream that a command read: which command, which stream, at which version
  _read_by int[], _read text[], _expected int[],
  -- one element a fact: of which command, its place there, in which stream, as which version
  _fact_of int[], _place int[], _fact_stream text[], _fact_version int[], _type text[], _data text[], _fact_id uuid[],
  -- one element a command: the number of the first of its chain; without it, each is alone
  _chain int[] default null
) returns table (
  n int, verdict text, "position" bigint,
  digest bytea, outcome text, stream text, version int, refusal bytea
)
language plpgsql security definer set search_path = ledger, pg_temp
-- Postgres expects ten rows of an unnest; what is joined here is hashed, however many there are.
set enable_nestloop = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  base bigint;
  numbered bigint;
begin
  select h.position, h.commands into strict base, numbered from ledger.log_head h where h.log = _log for update;
  -- What follows is a statement of its own: its snapshot sees all that was committed before the lock was granted.
  return query
  with command as materialized (
    select c.*, (
      select k from ledger.commands k where k.log = _log and k.tenant = c.tenant and k.id = c.id
    ) as known
    from unnest(
      _tenant, _id, _name, _by, _route, _key, _digest, _outcome, _stream, _version, _refusal,
      _at, _correlation, _causation, _origin, _facts, _chain
    ) with ordinality as c (
      tenant, id, name, by, route, key, digest, outcome, stream, version, refusal,
      at, correlation, causation, origin, facts, chain, n
    )
  ), moved as materialized (
    select r.n from unnest(_read_by, _read, _expected) as r (n, stream, expected)
    join command c on c.n = r.n
    where r.expected <> coalesce((
      select f.version from ledger.facts f
      where f.log = _log and f.tenant = c.tenant and f.stream = r.stream order by f.version desc limit 1
    ), 0)
  ), broken as materialized (
    select coalesce(c.chain, c.n) as chain, min(c.n) as at
    from command c where (c.known).id is not null or c.n in (select m.n from moved m) group by 1
  ), fresh as materialized (
    select c.*, base + sum(c.facts) over (order by c.n) as last, numbered + row_number() over (order by c.n) as number
    from command c left join broken b on b.chain = coalesce(c.chain, c.n) where b.at is null or c.n < b.at
  ), kept as (
    insert into ledger.facts
      (log, position, tenant, stream, version, type, data, id, at, by, command, correlation, causation)
    select _log, c.last - c.facts + f.place, c.tenant, f.stream, f.version, f.type, f.data::json, f.id, c.at, c.by,
      c.id, c.correlation, c.causation
    from unnest(_fact_of, _place, _fact_stream, _fact_version, _type, _data, _fact_id)
      as f (n, place, stream, version, type, data, id)
    join fresh c on c.n = f.n
  ), noted as (
    insert into ledger.commands (log, tenant, id, name, by, route, key, digest, outcome, stream, version, position,
      refusal, at, correlation, causation, origin, number)
    select _log, c.tenant, c.id, c.name, c.by, c.route, c.key, c.digest, c.outcome, c.stream, c.version,
      c.last, c.refusal, c.at, c.correlation, c.causation, c.origin::json, c.number
    from fresh c
  ), head as (
    -- No join: with nested loops off Postgres would take this for dear, and compile it each time.
    update ledger.log_head h
    set position = (select max(f.last) from fresh f), commands = (select max(f.number) from fresh f)
    where h.log = _log and (select max(f.number) from fresh f) is not null
  )
  select c.n::int,
    case when (c.known).id is not null then 'replayed' when f.n is not null then 'accepted' else 'conflict' end,
    coalesce((c.known).position, f.last::bigint),
    (c.known).digest, (c.known).outcome, (c.known).stream, (c.known).version, (c.known).refusal
  from command c left join fresh f on f.n = c.n;
end $$;

revoke all on function ledger.append_batch from public;
