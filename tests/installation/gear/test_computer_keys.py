from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installation.gear.computer_keys import (
    ARROW_DOWN,
    ARROW_UP,
    PLACES,
    ComputerKeys,
    Stroke,
)

Z, S, COMMA, Q, TWO, ESCAPE = 29, 22, 54, 20, 31, 41


def test_lower_row_begins_at_middle_c():
    assert ComputerKeys().press(Z) == Stroke(60, down=True)


def test_black_key_lies_between_its_neighbours():
    assert ComputerKeys().press(S) == Stroke(61, down=True)


def test_digits_are_the_black_keys_of_the_upper_octave():
    assert ComputerKeys().press(TWO) == Stroke(73, down=True)


def test_places_are_two_octaves_without_a_gap():
    assert {place.pitch for place in PLACES} == set(range(59, 92))


def test_no_place_is_used_twice():
    assert len({place.scancode for place in PLACES}) == len(PLACES)


def test_other_keys_play_nothing():
    keys = ComputerKeys()
    assert keys.press(ESCAPE) is None
    assert keys.release(ESCAPE) is None


def test_repeat_of_a_held_key_plays_nothing():
    keys = ComputerKeys()
    keys.press(Z)
    assert keys.press(Z) is None


def test_arrow_up_shifts_by_an_octave():
    keys = ComputerKeys()
    keys.press(ARROW_UP)
    assert keys.press(Z) == Stroke(72, down=True)


def test_shift_while_held_ends_the_pitch_that_began():
    keys = ComputerKeys()
    keys.press(Z)
    keys.press(ARROW_DOWN)
    assert keys.release(Z) == Stroke(60, down=False)


def test_two_keys_of_one_pitch_begin_it_once_and_end_it_once():
    keys = ComputerKeys()
    assert keys.press(COMMA) == Stroke(72, down=True)
    assert keys.press(Q) is None
    assert keys.release(COMMA) is None
    assert keys.release(Q) == Stroke(72, down=False)


def test_release_all_ends_what_is_held():
    keys = ComputerKeys()
    keys.press(Z)
    keys.press(S)
    assert keys.release_all() == [Stroke(60, down=False), Stroke(61, down=False)]
    assert keys.release(Z) is None


def test_legends_follow_the_shift():
    keys = ComputerKeys()
    assert keys.legends()[60] == "Z"
    assert keys.legends()[72] == "Q"
    keys.press(ARROW_UP)
    assert keys.legends()[72] == "Z"


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
