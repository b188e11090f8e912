from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from messages.gestures import KeyEvent
from visuals.input.computer_keyboard import (
    OCTAVE_DOWN_SCANCODE,
    OCTAVE_UP_SCANCODE,
    PIANO_KEY_MAPPINGS,
    ComputerKeyboard,
)

A, W, S, SLASH, K, TWO, ESCAPE = 4, 26, 22, 56, 14, 31, 41


def test_home_row_begins_at_middle_c():
    assert ComputerKeyboard().press(A, 5) == KeyEvent(60, True, 5)


def test_row_below_leads_up_to_it():
    assert ComputerKeyboard().press(SLASH, 5) == KeyEvent(59, True, 5)


def test_black_key_lies_between_its_neighbours():
    assert ComputerKeyboard().press(W, 5) == KeyEvent(61, True, 5)


def test_digits_are_left_to_the_scenes():
    assert ComputerKeyboard().press(TWO, 5) is None


def test_places_are_two_octaves_without_a_gap():
    assert {place.pitch for place in PIANO_KEY_MAPPINGS} == set(range(50, 79))


def test_no_place_is_used_twice():
    assert len({place.scancode for place in PIANO_KEY_MAPPINGS}) == len(PIANO_KEY_MAPPINGS)


def test_other_keys_play_nothing():
    keys = ComputerKeyboard()
    assert keys.press(ESCAPE, 5) is None
    assert keys.release(ESCAPE, 5) is None


def test_repeat_of_a_held_key_plays_nothing():
    keys = ComputerKeyboard()
    keys.press(A, 5)
    assert keys.press(A, 5) is None


def test_page_up_shifts_by_an_octave():
    keys = ComputerKeyboard()
    keys.press(OCTAVE_UP_SCANCODE, 5)
    assert keys.press(A, 5) == KeyEvent(72, True, 5)


def test_shift_while_held_ends_the_pitch_that_began():
    keys = ComputerKeyboard()
    keys.press(A, 5)
    keys.press(OCTAVE_DOWN_SCANCODE, 5)
    assert keys.release(A, 5) == KeyEvent(60, False, 5)


def test_two_keys_of_one_pitch_begin_it_once_and_end_it_once():
    keys = ComputerKeyboard()
    keys.press(K, 5)
    keys.press(OCTAVE_UP_SCANCODE, 5)
    assert keys.press(A, 5) is None
    assert keys.release(K, 5) is None
    assert keys.release(A, 5) == KeyEvent(72, False, 5)


def test_release_all_ends_what_is_held():
    keys = ComputerKeyboard()
    keys.press(A, 5)
    keys.press(W, 5)
    assert keys.release_all(5) == [KeyEvent(60, False, 5), KeyEvent(61, False, 5)]
    assert keys.release(A, 5) is None


def test_legends_follow_the_shift():
    keys = ComputerKeyboard()
    assert keys.legends_by_pitch()[60] == "A"
    assert keys.legends_by_pitch()[72] == "K"
    keys.press(OCTAVE_UP_SCANCODE, 5)
    assert keys.legends_by_pitch()[72] == "A"


SCANCODES = st.sampled_from(
    [place.scancode for place in PIANO_KEY_MAPPINGS]
    + [OCTAVE_DOWN_SCANCODE, OCTAVE_UP_SCANCODE, ESCAPE]
)


@given(st.lists(st.tuples(SCANCODES, st.booleans())))
def test_every_pitch_begins_and_ends_in_turn(script):
    keys, sounding = ComputerKeyboard(), set()
    for scancode, down in script:
        stroke = keys.press(scancode, 5) if down else keys.release(scancode, 5)
        if stroke is None:
            continue
        assert 21 <= stroke.pitch <= 108
        assert (stroke.pitch in sounding) is not stroke.down
        sounding ^= {stroke.pitch}
    assert {stroke.pitch for stroke in keys.release_all(5)} == sounding


def test_legends_are_those_of_the_layout_in_use():
    keys = ComputerKeyboard()
    azerty = {4: ord("q"), 26: ord("z"), 29: ord("w"), 51: ord("m"), 52: ord("\u00f9")}
    keys.use_layout(lambda scancode: azerty.get(scancode, 0))
    legends = keys.legends_by_pitch()
    assert [legends[pitch] for pitch in (60, 61, 50)] == ["Q", "Z", "W"]
    assert legends[62] == "S"  # a key that the layout does not know
    keys.use_layout(None)
    assert keys.legends_by_pitch()[60] == "A"


def test_a_key_without_a_character_keeps_its_legend():
    keys = ComputerKeyboard()
    keys.use_layout(lambda scancode: 1 << 30 | scancode)
    assert keys.legends_by_pitch()[60] == "A"
