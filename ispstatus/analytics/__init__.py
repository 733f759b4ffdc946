"""The past: series to numbers. Pure."""
