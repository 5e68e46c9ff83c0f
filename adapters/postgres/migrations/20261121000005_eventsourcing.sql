-- migrate:up

-- Where applications of the library `eventsourcing` keep what is theirs and can be made anew: the positions they have
-- reached, and snapshots. Their events are facts of the ledger.
create schema eventsourcing;
grant usage, create on schema eventsourcing to annals_app;

-- migrate:down

drop schema eventsourcing cascade;
