"""What every family of the API stands on; knows no family."""
