from __future__ import annotations

import pytest

from installation.visits.duet_player import DuetPlayer, DuetPlayerFollower, join_players
from messages.cues import BlendChange, ModelChange

OWN = DuetPlayer("irish", 3)
STYLES = ("irish", "fife", "chorales")


@pytest.fixture
def follower():
    return DuetPlayerFollower("irish", 3)


def test_the_piece_s_own_style_plays_at_first(follower):
    assert follower.player == OWN


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((1.0, 0.0, 0.0), OWN),
        ((0.96, 0.04, 0.0), OWN),
        ((0.0, 1.0, 0.0), DuetPlayer("fife")),
        ((0.8, 0.2, 0.0), DuetPlayer("irish+fife")),
        ((0.3, 0.3, 0.4), DuetPlayer("irish+fife+chorales")),
    ],
)
def test_only_a_network_with_nearly_the_whole_share_plays_alone(follower, weights, expected):
    follower.handle_message(BlendChange(0, STYLES, weights))
    assert follower.player == expected


def test_a_guest_has_the_name_of_its_file(follower):
    follower.handle_message(ModelChange("/x/guest.safetensors"))
    follower.handle_message(BlendChange(0, ("irish",), (1.0,)))  # it was trained from that style
    assert follower.player == DuetPlayer("guest")


def test_the_own_style_is_back_after_a_guest(follower):
    for path in ("/x/guest.safetensors", ""):
        follower.handle_message(ModelChange(path))
    assert follower.player == OWN


def test_a_later_generation_is_the_own_style(follower):
    follower.add_generation("/generations/0004.safetensors", 4)
    assert follower.player == OWN  # until it plays
    follower.handle_message(ModelChange("/generations/0004.safetensors"))
    assert follower.player == DuetPlayer("irish", 4)


def test_a_namesake_is_not_the_own_style(follower):
    follower.handle_message(BlendChange(0, ("mine", "irish"), (0.0, 1.0)))
    blended = follower.player
    follower.handle_message(ModelChange("/x/irish.safetensors"))
    assert "irish" not in (blended.style, follower.player.style)


def test_a_network_without_names_of_styles_changes_nothing(follower):
    follower.handle_message(BlendChange(0, (), ()))
    assert follower.player == OWN


def test_several_players_of_a_duet_have_all_their_names():
    assert join_players({OWN}) == OWN
    assert join_players({OWN, DuetPlayer("guest")}) == DuetPlayer("guest+irish")
