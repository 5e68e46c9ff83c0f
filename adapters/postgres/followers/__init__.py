"""Those who read the ledger and do something about it: read models, policies, the relay, the timers."""
