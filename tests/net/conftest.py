"""What tests of this folder share: a namespace of their own, where links may be made and broken."""

from collections.abc import Iterator

import pytest

from tests.net.namespace import Namespace, namespace


@pytest.fixture
def space() -> Iterator[Namespace]:
    with namespace() as made:
        yield made
