"""The database of tests/store."""

from tests.store.conftest import db as db
from tests.store.conftest import hands as hands
