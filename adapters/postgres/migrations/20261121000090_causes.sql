-- migrate:up

-- By which facts and commands are found from what they caused, and what they caused from them. Ids begin with the time
-- they were made at, so they lie in the order of the rows: such an index is small, and costs appending next to nothing.
create index facts_id on ledger.facts using brin (id) with (pages_per_range = 16, autosummarize = on);
create index commands_causation on ledger.commands using brin (causation)
  with (pages_per_range = 16, autosummarize = on);

-- migrate:down

drop index ledger.commands_causation;
drop index ledger.facts_id;
