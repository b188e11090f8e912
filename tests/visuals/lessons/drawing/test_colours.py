from visuals.lessons.drawing.colours import NEGATIVE_COLOUR, POSITIVE_COLOUR, sign_colour


def test_numbers_have_the_colour_of_their_sign():
    assert sign_colour(0.0) == sign_colour(2.0) == POSITIVE_COLOUR
    assert sign_colour(-0.1) == NEGATIVE_COLOUR
