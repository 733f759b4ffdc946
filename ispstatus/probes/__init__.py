"""The engine loop and one file per probe kind. No retries, no verdicts."""
