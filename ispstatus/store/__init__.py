"""The only SQL: one file per table group, and everything that keeps the one file alive."""
