from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnn.codecs.match_echo import MATCH_LENGTH_CLASSES, MATCH_MEMORY_TOKENS, MatchEcho


def read(tokens):
    echo = MatchEcho()
    for place, token in enumerate(tokens):
        echo.add_token(token, place // 2)
    return echo


def search(tokens):
    """The token after the longest earlier match, and its length, by trying all."""
    best = (0, -1)
    for place in range(1, len(tokens)):
        length = 0
        while length < place and tokens[place - 1 - length] == tokens[-1 - length]:
            length += 1
        best = max(best, (length, place))
    return (tokens[best[1]], best[0]) if best[0] else (-1, 0)


@given(st.lists(st.integers(0, 2), max_size=30))
def test_it_is_the_longest_earlier_match_and_of_equals_the_latest(tokens):
    echo = read(tokens)
    assert (echo.token, echo.length) == search(tokens)


def test_a_tune_that_returns_is_foreseen():
    echo = read([5, 6, 7, 8, 9, 5, 6, 7])
    assert (echo.token, echo.length, echo.note) == (8, 3, 1)


def test_without_a_match_there_is_no_token():
    echo = read([1, 2, 3])
    assert (echo.token, echo.length, echo.note, echo.length_class) == (-1, 0, -1, 0)


def test_long_matches_share_a_class():
    echo = read([1] * 300)
    assert echo.length == 299 and echo.length_class == MATCH_LENGTH_CLASSES - 1


def test_a_copy_is_independent():
    echo = read([1, 2, 1])
    other = echo.copy()
    other.add_token(2, 2)
    assert (echo.token, other.token) == (2, 1)


def test_the_memory_is_bounded():
    long_ago = [7, 8] + [10] * MATCH_MEMORY_TOKENS + [7]
    assert read(long_ago).token == -1
    assert read(long_ago[:20] + [7]).token == 8
