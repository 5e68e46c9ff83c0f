-- migrate:up

-- A command stays as it was written. Where it came from may be taken out of it, by ledger.forget_origins alone, and that
-- is all: it is of the person who sent it, and in no tree. Of this table the application may only read.
create or replace function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and tg_table_name like 'commands%' and current_setting('annals.forgets_origins', true) = 'on' then
    return null;
  end if;
  raise exception 'the ledger is never changed: % on %', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- migrate:down

create or replace function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed: % on %', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
