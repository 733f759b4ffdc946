"""The present: evidence to state, reason, fault and sentence. Pure."""
