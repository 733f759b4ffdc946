from ispstatus.reflector.bounded import PerSource, Recent


def test_the_entry_not_used_for_longest_makes_room() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.get_or_make("a", lambda: 1)
    recent.get_or_make("b", lambda: 2)
    assert recent.get("a") == 1

    recent.get_or_make("c", lambda: 3)

    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)


def test_an_entry_that_is_there_is_not_made_again() -> None:
    recent: Recent[str, list[int]] = Recent(2)

    assert recent.get_or_make("a", list) is recent.get_or_make("a", list)


def test_what_is_dropped_is_gone() -> None:
    entries: PerSource[str, int] = PerSource(2, 2)
    entries.get_or_make("one", "a", lambda: 1)

    entries.drop("one", "a")
    entries.drop("one", "a")
    entries.drop("nobody", "a")

    assert entries.get("one", "a") is None


def test_a_source_pushes_out_its_own_entries_and_never_anothers() -> None:
    entries: PerSource[int, int] = PerSource(2, 3)
    entries.get_or_make("quiet", 0, lambda: 7)

    for key in range(100):
        entries.get_or_make("loud", key, lambda key=key: key)  # type: ignore[misc]

    assert entries.get("quiet", 0) == 7
    assert [entries.get("loud", key) for key in range(96, 100)] == [None, 97, 98, 99]


def test_no_more_sources_are_remembered_than_said() -> None:
    entries: PerSource[int, int] = PerSource(2, 3)

    for source in ("a", "b", "c"):
        entries.get_or_make(source, 0, lambda: 1)

    assert [entries.get(source, 0) for source in ("a", "b", "c")] == [None, 1, 1]
