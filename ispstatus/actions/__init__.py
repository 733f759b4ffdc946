"""Every write: functions of the database, run by the writer thread in one transaction each."""
