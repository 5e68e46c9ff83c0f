-- What each role may do with the ledger. The app changes it through ledger.append_batch alone, which runs as the owner;
-- snapshots are the exception, for they can be deleted without a loss.

-- A function is for everyone when it is made; ours are for those named here.
alter default privileges for role annals_owner revoke execute on functions from public;
revoke execute on all functions in schema ledger from public;

grant usage on schema ledger to annals_app, annals_projector, annals_auditor;

-- Also on the logs that are still to be opened.
alter default privileges for role annals_owner in schema ledger
  grant select on tables to annals_app, annals_projector, annals_auditor;
grant select on all tables in schema ledger to annals_app, annals_projector, annals_auditor;
grant insert, update, delete on ledger.snapshots to annals_app;
grant execute on function ledger.forget_origins, ledger.rewrite_remains to annals_projector;

grant execute on function ledger.append_batch, ledger.read_facts, ledger.read_streams, ledger.log_of to annals_app;
grant execute on function ledger.read_facts, ledger.log_of to annals_projector, annals_auditor;

-- A token that has expired is refused anyway: its row may go.
grant delete on vault.revoked_tokens to annals_app;
