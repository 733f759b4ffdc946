"""What runs by itself: cycles, stream, verdicts, calendar."""
