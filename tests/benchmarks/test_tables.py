"""The piano-roll tables: spelled without loss, masked honestly, mixed in probability."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from piano_rolls import (
    END,
    KEYS,
    Order,
    Rolls,
    Scored,
    Scores,
    Spelling,
    echoes,
    frame_nats,
    mixed,
)
from tables import main, read_scores, rows, spread, write_scores

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes

ORDERS = (Order.UP, Order.DOWN)
MAX_NOTES = 4


def roll(frames: list[set[int]]) -> NDArray[np.bool_]:
    made = np.zeros((len(frames), KEYS), bool)
    for row, frame in zip(made, frames, strict=True):
        row[list(frame)] = True
    return made


frames = st.lists(st.sets(st.integers(0, KEYS - 1), max_size=MAX_NOTES), min_size=1, max_size=12)


def random_network(spelling: Spelling, seed: int = 0) -> Network:
    sizes = NetworkSizes(spelling.inputs, spelling.outputs, 8, 12, 1)
    network = Network.initial(sizes, np.random.default_rng(seed))
    network.parameters["embedding"] *= 20  # far from even, so that a wrong mask shows
    network.parameters["readout.weight"] *= 4
    return network


@pytest.mark.parametrize("order", ORDERS)
@given(frames=frames)
def test_decoding_inverts_encoding(order: Order, frames: list[set[int]]) -> None:
    spelling = Spelling(order, MAX_NOTES)
    piece = roll(frames)
    assert np.array_equal(spelling.decode(spelling.encode(piece).tokens), piece)


@pytest.mark.parametrize(("order", "tokens"), [(Order.UP, [3, 9, 40]), (Order.DOWN, [40, 9, 3])])
def test_notes_are_spelled_in_order_and_each_frame_ends(order: Order, tokens: list[int]) -> None:
    spelled = Spelling(order, MAX_NOTES).encode(roll([{9, 40, 3}, set()])).tokens
    assert spelled.tolist() == [*tokens, END, END]


@pytest.mark.parametrize("order", ORDERS)
@given(frames=frames)
def test_masks_allow_the_tokens_of_a_piece(order: Order, frames: list[set[int]]) -> None:
    spelling = Spelling(order, MAX_NOTES)
    tokens = spelling.encode(roll(frames)).tokens
    assert spelling.masks(tokens)[np.arange(len(tokens)), tokens].all()


@pytest.mark.parametrize(("order", "later"), [(Order.UP, range(41, KEYS)), (Order.DOWN, range(40))])
def test_the_mask_after_a_note_allows_later_notes_and_end(order: Order, later: range) -> None:
    spelling = Spelling(order, MAX_NOTES)
    after = spelling.masks(np.array([40, END], np.int32))[1]
    assert np.flatnonzero(after).tolist() == [*later, END]


@pytest.mark.parametrize("order", ORDERS)
@given(common=frames, one=frames, other=frames)
def test_features_depend_on_earlier_tokens_only(
    order: Order, common: list[set[int]], one: list[set[int]], other: list[set[int]]
) -> None:
    spelling = Spelling(order, MAX_NOTES)
    here, there = (spelling.encode(roll(common + end)) for end in (one, other))
    shorter = min(len(here.tokens), len(there.tokens))
    differs = here.tokens[:shorter] != there.tokens[:shorter]
    same = int(np.argmax(differs)) + 1 if differs.any() else shorter
    assert np.array_equal(here.features[:same], there.features[:same])
    assert np.array_equal(here.masks[:same], there.masks[:same])


def followed(tokens: list[int], place: int) -> tuple[int, int]:
    """The result of `echoes`, by trying every earlier place."""
    token, longest = END, 0
    for earlier in range(1, place):
        agreed = 0
        while agreed < earlier and tokens[earlier - 1 - agreed] == tokens[place - 1 - agreed]:
            agreed += 1
        if agreed and agreed >= longest:
            token, longest = tokens[earlier], agreed
    return token, longest


@given(st.lists(st.integers(0, 2), max_size=40))
def test_echoes_follow_the_latest_longest_match(tokens: list[int]) -> None:
    slowly = [followed(tokens, place) for place in range(len(tokens))]
    assert [each if each[1] else (END, 0) for each in echoes(np.array(tokens, np.int32))] == slowly


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.data())
def test_echoes_depend_on_earlier_tokens_only(tokens: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(tokens) - 1))
    changed = tokens[:cut] + [9] * (len(tokens) - cut)
    heard = echoes(np.array(tokens, np.int32))[: cut + 1]
    assert heard == echoes(np.array(changed, np.int32))[: cut + 1]


def test_without_the_echo_the_input_has_no_matches() -> None:
    piece = roll([{40, 44}, {41}] * 6)
    with_echo, without = (
        Spelling(Order.UP, MAX_NOTES, echo).encode(piece) for echo in (True, False)
    )
    differing = (with_echo.features != without.features).any(axis=0)
    assert differing.sum() == 2  # the echo and its length
    assert len(np.unique(without.features[:, differing], axis=0)) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_probabilities_of_all_frames_sum_to_one(order: Order) -> None:
    spelling = Spelling(order, MAX_NOTES)
    network = random_network(spelling)
    keys = [KEYS - 4, KEYS - 3, KEYS - 2, KEYS - 1]
    network.parameters["readout.bias"][:] = -200.0  # all other keys as good as impossible
    network.parameters["readout.bias"][[*keys, END]] = 0.0
    subsets = itertools.chain.from_iterable(itertools.combinations(keys, k) for k in range(5))
    heard = {KEYS - 1, KEYS - 4}
    each = [
        frame_nats(network, spelling, spelling.encode(roll([heard, set(frame)])))[1]
        for frame in subsets
    ]
    assert np.exp(-np.array(each)).sum() == pytest.approx(1.0, abs=1e-5)


def test_the_end_of_an_empty_frame_is_charged() -> None:
    spelling = Spelling(Order.UP, MAX_NOTES)
    spent = frame_nats(random_network(spelling), spelling, spelling.encode(roll([set(), {5}])))
    assert len(spent) == 2
    assert spent[0] > 0


@pytest.mark.parametrize("order", ORDERS)
@given(
    frames=st.lists(st.sets(st.integers(10, 70), max_size=MAX_NOTES), min_size=1, max_size=8),
    semitones=st.integers(-6, 5),
)
def test_a_transposed_piece_equals_the_piece_encoded_in_another_key(
    order: Order, frames: list[set[int]], semitones: int
) -> None:
    spelling = Spelling(order, MAX_NOTES)
    here = spelling.encode(roll(frames))
    there = spelling.encode(roll([{key + semitones for key in frame} for frame in frames]))
    tokens, features = spelling.transpose_tokens(here.tokens, here.features, semitones)
    assert np.array_equal(tokens, there.tokens)
    told = features != there.features
    assert told.sum() == (len(tokens) if semitones else 0)  # but for the shift that is told
    assert (features - there.features)[told].tolist() == [semitones] * int(told.sum())


def test_long_pieces_are_scored_as_if_in_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    spelling = Spelling(Order.UP, MAX_NOTES)
    network = random_network(spelling)
    piece = spelling.encode(roll([{k, k + 4, k + 9} for k in range(20, 50)]))
    whole = frame_nats(network, spelling, piece, (0, 2))
    monkeypatch.setattr("piano_rolls.CHUNK_TOKENS", 7)
    assert frame_nats(network, spelling, piece, (0, 2)) == pytest.approx(whole, abs=1e-4)


def test_keys_are_mixed_like_networks() -> None:
    spelling = Spelling(Order.UP, MAX_NOTES)
    network = random_network(spelling)
    piece = spelling.encode(roll([{40, 44}, {41}, set()]))
    alone = [frame_nats(network, spelling, piece, (shift,)) for shift in (-1, 3)]
    both = frame_nats(network, spelling, piece, (-1, 3))
    assert both == pytest.approx(mixed(np.stack(alone)), abs=1e-5)


def test_a_key_that_leaves_the_keyboard_is_refused() -> None:
    spelling = Spelling(Order.UP, MAX_NOTES)
    piece = spelling.encode(roll([{KEYS - 1}, {KEYS - 2}]))
    with pytest.raises(ValueError, match="from 102 to 113: beyond the keys"):
        frame_nats(random_network(spelling), spelling, piece, (-5, 5))


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)), min_size=1, max_size=20))
def test_a_mixture_costs_at_most_log_two_more_than_the_better(
    pairs: list[tuple[float, float]],
) -> None:
    both = np.array(pairs).T
    assert np.all(mixed(both) <= both.min(axis=0) + np.log(2) + 1e-9)
    assert np.all(mixed(both) >= both.min(axis=0) - 1e-9)


def test_means_over_frames_and_over_pieces() -> None:
    of = Scored([np.array([4.0, 1.0]), np.array([2.0, 3.0, 4.0, 6.0])])
    assert of.micro == pytest.approx(20 / 6)
    assert of.without_first == pytest.approx(14 / 4)
    assert of.macro == pytest.approx((2.5 + 3.75) / 2)


def test_written_scores_are_read_back(tmp_path: Path) -> None:
    parts = [Scored([np.arange(k, k + 3.0), np.arange(k + 1.0)]) for k in range(4)]
    path = tmp_path / "new" / "kept.npz"
    write_scores(path, Scores(*parts[:2]), Scores(*parts[2:]))
    plain, keys = read_scores(path)
    for there, here in zip((plain.valid, plain.test, keys.valid, keys.test), parts, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(there.pieces, here.pieces, strict=True))


def test_rows_mix_the_orders_of_a_seed_that_has_both() -> None:
    def scores(nats: float) -> tuple[Scores, Scores]:
        of = Scored([np.array([nats])])
        return Scores(of, of), Scores(of, of)

    found = {(Order.UP, 1): scores(2.0), (Order.DOWN, 1): scores(4.0), (Order.UP, 2): scores(3.0)}
    made = rows(found)
    assert [len(made[name]) for name in ("one network, notes up", "both orders mixed")] == [2, 1]
    expected = -np.log((np.exp(-2.0) + np.exp(-4.0)) / 2)
    assert made["both orders mixed"][0].test.micro == pytest.approx(expected)


def test_the_deviation_of_several_figures_is_given() -> None:
    assert spread([4.0]) == "4.000"
    assert spread([4.0, 5.0]) == "4.500 sd 0.707"


def written(path: Path, pieces: list[NDArray[np.bool_]]) -> Path:
    """A data set with the same pieces in all splits."""
    sides = ("train", "valid", "test")
    packed = {side: np.packbits(np.concatenate(pieces), axis=1) for side in sides}
    lengths = {f"{side}_lengths": np.array([len(piece) for piece in pieces]) for side in sides}
    np.savez(path, **packed, **lengths)
    return path


def test_both_orders_are_trained_and_written_scores_reused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "tiny.npz", [roll([{40, 44}, {41}] * 10), roll([{30}, set()] * 12)])
    keep = tmp_path / "kept"

    def run() -> str:
        main(data, steps=2, order=Order.BOTH, units=4, echo=False, keep=keep)
        return capsys.readouterr().out

    first, again = run(), run()
    assert sorted(path.name for path in keep.iterdir()) == [
        "tiny-down-deaf-1.npz",
        "tiny-up-deaf-1.npz",
    ]
    assert "step 2" in first
    assert "step 2" not in again  # nothing was trained
    table = again[again.index("tiny, test") :]
    assert table.strip() in first


def test_the_classic_splits_are_read(tmp_path: Path) -> None:
    pieces = [roll([{0, 87}, {5}]), roll([set()])]
    rolls = Rolls.read(written(tmp_path / "tiny.npz", pieces))
    assert rolls.name == "tiny"
    assert all(np.array_equal(a, b) for a, b in zip(rolls.test, pieces, strict=True))
