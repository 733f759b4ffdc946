"""What every family needs; knows no family."""
