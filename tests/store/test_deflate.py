import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.model.errors import StorageError
from ispstatus.store.deflate import FAST, SMALL, Piece, gzip_of, multiply, piece, shift_of, unzipped
from tests.store.kit import text_of

texts = st.binary(max_size=3000)


@given(texts, st.lists(texts, max_size=6), texts)
def test_pieces_joined_in_any_order_are_one_ordinary_gzip(head: bytes, middle: list[bytes], tail: bytes) -> None:
    pieces = [piece(text, level) for text, level in zip(middle, [FAST, SMALL] * 3, strict=False)]

    assert gzip.decompress(gzip_of(head, pieces, tail)) == head + b"".join(middle) + tail
    assert gzip.decompress(gzip_of(head, pieces[::-1], tail)) == head + b"".join(middle[::-1]) + tail


@given(texts, texts)
def test_checksums_join_without_the_text(a: bytes, b: bytes) -> None:
    assert multiply(shift_of(len(b)), zlib.crc32(a)) ^ zlib.crc32(b) == zlib.crc32(a + b)


def test_a_shift_of_gigabytes_is_quick_and_right() -> None:
    assert shift_of(0) == 0x80000000
    assert multiply(shift_of(3 << 30), shift_of(5)) == shift_of((3 << 30) + 5)


@given(texts)
def test_a_piece_gives_its_text_back(text: bytes) -> None:
    made = piece(text)

    assert text_of(made) == text
    assert (made.plain_bytes, made.crc) == (len(text), zlib.crc32(text))


def test_a_damaged_piece_is_said() -> None:
    with pytest.raises(StorageError, match="cannot be inflated"):
        text_of(Piece(b"\xff" * 50, 50, 0, 0))


def test_an_answer_that_is_cut_is_said() -> None:
    body = gzip_of(b"text " * 50_000, [], b"")
    with pytest.raises(StorageError, match="incomplete"):
        list(unzipped(body[:-20]))


def test_an_answer_is_unzipped_little_by_little() -> None:
    text = b"text " * 50_000
    pieces = list(unzipped(gzip_of(text, [], b"")))
    assert b"".join(pieces) == text
    assert max(map(len, pieces)) == 64 * 1024


def test_a_wrong_checksum_is_noticed_by_whoever_unzips() -> None:
    made = piece(b"text")
    wrong = Piece(made.deflated, made.plain_bytes, made.crc ^ 1, made.shift)
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(gzip_of(b"", [wrong], b""))
    with pytest.raises(StorageError, match="cannot be inflated"):
        text_of(wrong)
