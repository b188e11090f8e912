from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visuals.input.computer_keyboard import (
    ARROW_DOWN,
    ARROW_UP,
    PLACES,
    ComputerKeys,
    Stroke,
)

A, W, S, SLASH, K, TWO, ESCAPE = 4, 26, 22, 56, 14, 31, 41


def test_home_row_begins_at_middle_c():
    assert ComputerKeys().press(A) == Stroke(60, down=True)


def test_row_below_leads_up_to_it():
    assert ComputerKeys().press(SLASH) == Stroke(59, down=True)


def test_black_key_lies_between_its_neighbours():
    assert ComputerKeys().press(W) == Stroke(61, down=True)


def test_digits_are_left_to_the_scenes():
    assert ComputerKeys().press(TWO) is None


def test_places_are_two_octaves_without_a_gap():
    assert {place.pitch for place in PLACES} == set(range(50, 79))


def test_no_place_is_used_twice():
    assert len({place.scancode for place in PLACES}) == len(PLACES)


def test_other_keys_play_nothing():
    keys = ComputerKeys()
    assert keys.press(ESCAPE) is None
    assert keys.release(ESCAPE) is None


def test_repeat_of_a_held_key_plays_nothing():
    keys = ComputerKeys()
    keys.press(A)
    assert keys.press(A) is None


def test_arrow_up_shifts_by_an_octave():
    keys = ComputerKeys()
    keys.press(ARROW_UP)
    assert keys.press(A) == Stroke(72, down=True)


def test_shift_while_held_ends_the_pitch_that_began():
    keys = ComputerKeys()
    keys.press(A)
    keys.press(ARROW_DOWN)
    assert keys.release(A) == Stroke(60, down=False)


def test_two_keys_of_one_pitch_begin_it_once_and_end_it_once():
    keys = ComputerKeys()
    keys.press(K)
    keys.press(ARROW_UP)
    assert keys.press(A) is None
    assert keys.release(K) is None
    assert keys.release(A) == Stroke(72, down=False)


def test_release_all_ends_what_is_held():
    keys = ComputerKeys()
    keys.press(A)
    keys.press(W)
    assert keys.release_all() == [Stroke(60, down=False), Stroke(61, down=False)]
    assert keys.release(A) is None


def test_legends_follow_the_shift():
    keys = ComputerKeys()
    assert keys.legends()[60] == "A"
    assert keys.legends()[72] == "K"
    keys.press(ARROW_UP)
    assert keys.legends()[72] == "A"


SCANCODES = st.sampled_from([place.scancode for place in PLACES] + [ARROW_DOWN, ARROW_UP, ESCAPE])


@given(st.lists(st.tuples(SCANCODES, st.booleans())))
def test_every_pitch_begins_and_ends_in_turn(script):
    keys, sounding = ComputerKeys(), set()
    for scancode, down in script:
        stroke = keys.press(scancode) if down else keys.release(scancode)
        if stroke is None:
            continue
        assert 21 <= stroke.pitch <= 108
        assert (stroke.pitch in sounding) is not stroke.down
        sounding ^= {stroke.pitch}
    assert {stroke.pitch for stroke in keys.release_all()} == sounding
