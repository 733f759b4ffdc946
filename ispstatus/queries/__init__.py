"""Every read: the same number in two families comes from the same function."""
