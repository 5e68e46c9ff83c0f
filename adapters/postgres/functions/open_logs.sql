-- Make the ledger's logs, once: how many there are is chosen when it is made.
create or replace function ledger.open_logs(_logs int) returns void
language plpgsql
as $$
declare
  have int := (select count(*) from ledger.log_head);
  part text;
begin
  if have > 0 then
    if have <> _logs then
      raise exception 'this ledger was made with % log(s), not %', have, _logs using errcode = 'invalid_parameter_value';
    end if;
    return;
  end if;
  for number in 0 .. _logs - 1 loop
    foreach part in array array['facts', 'commands'] loop
      execute format('create table ledger.%I partition of ledger.%I for values in (%s)', part || '_' || number, part, number);
      -- A statement on a partition itself does not fire its parent's triggers.
      execute format(
        'create trigger %I before update or delete or truncate on ledger.%I for each statement '
        'execute function ledger.refuse_change()', part || '_stay', part || '_' || number);
    end loop;
    insert into ledger.log_head values (number, 0);
  end loop;
end $$;
