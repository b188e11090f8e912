"""Networks with a step a note: no future is read, and all that is learned is charged."""

from __future__ import annotations

import note_steps
import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.training.dataset import EpochBatcher, encode_tune
from rnn.training.evaluation import score_tunes
from rnn.training.settings import TrainingSettings

SETTINGS = TrainingSettings(units=12, embedding=8)


def _tune() -> Tune:
    generator = np.random.default_rng(4)
    notes, at = [], 0.0
    for pitch in generator.integers(60, 72, 30):
        length = float(generator.choice((0.25, 0.5, 1.0)))
        notes.append(Note(int(pitch), at, length))
        at += length + float(generator.choice((0.0, 0.0, 0.5)))
    return Tune(tuple(notes), Meter(4, 4))


@pytest.fixture
def encoded():
    return encode_tune(NoteCodec(match_echo=True), _tune())


def _network(variant: str) -> note_steps.StepNetwork:
    return note_steps.StepNetwork.initial(note_steps.StepCodec(variant), SETTINGS)


def test_a_step_a_token_scores_as_any_network_does(encoded):
    network = _network("token")
    steps = [network.codec.group(encoded)]
    expected = score_tunes(network.network, [encoded]).bits_per_note
    assert network.score(steps) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("variant", note_steps.VARIANTS)
def test_each_token_is_charged_once(variant, encoded):
    steps = note_steps.StepCodec(variant).group(encoded)
    second = steps.features[:, -1]
    read = [t for pair in zip(steps.tokens, second - 1, strict=True) for t in pair if t >= 0]
    assert read == encoded.tokens.tolist()


@pytest.mark.parametrize("variant", ["note", "strike"])
def test_a_note_takes_one_step(variant, encoded):
    steps = note_steps.StepCodec(variant).group(encoded)
    assert len(encoded.tokens) - len(steps.tokens) >= encoded.notes


@pytest.mark.parametrize("variant", note_steps.VARIANTS)
def test_later_tokens_do_not_move_earlier_logits(variant):
    network, codec = _network(variant), NoteCodec(match_echo=True)
    whole = _tune()
    cut = Tune(whole.notes[:20], whole.meter)
    logits = []
    for tune in (whole, cut):
        steps = network.codec.group(encode_tune(codec, tune))
        rows = steps.features.astype(np.int32)[:, None]
        state = network.network.initial_state(1)
        first, second = network.logits(rows, state)
        # the last step of the cut tune holds its END in the place of the next note
        count = len(network.codec.group(encode_tune(codec, cut)).tokens) - 1
        logits.append((first[:count].copy(), second[:count].copy()))
    for part in range(2):
        np.testing.assert_allclose(logits[0][part], logits[1][part], atol=1e-6)


@pytest.mark.parametrize("variant", note_steps.VARIANTS)
def test_gradients_point_where_the_loss_rises(variant, encoded):
    network = _network(variant)
    steps = network.codec.group(encoded)
    batch = next(
        EpochBatcher(network.codec, [steps], 1, len(steps.tokens)).iterate_epoch(
            np.random.default_rng(1)
        )
    )

    def loss(moved: note_steps.StepNetwork) -> float:
        rows = batch.features
        first, second = moved.logits(rows, moved.network.initial_state(1))
        seconds, charged = rows[..., -1].reshape(-1), []
        for k, token in enumerate(batch.targets.reshape(-1)):
            charged.append(_nats(first[k, 0], token))
            if seconds[k]:
                charged.append(_nats(second[k, 0], seconds[k] - 1))
        return float(np.mean(charged))

    state = network.network.initial_state(1)
    gradients = network.gradients(batch, state, 0.0, np.random.default_rng(1))
    gradients = {name: array.copy() for name, array in gradients.items()}
    for name, gradient in gradients.items():
        step = gradient * np.float32(1e-2 / max(1e-9, float(np.linalg.norm(gradient))))
        ahead = {n: a + step if n == name else a for n, a in network.parameters.items()}
        behind = {n: a - step if n == name else a for n, a in network.parameters.items()}
        rise = loss(network.with_parameters(ahead)) - loss(network.with_parameters(behind))
        expected = 2 * float(np.vdot(gradient, step))
        assert rise == pytest.approx(expected, rel=0.05, abs=2e-6), name


def _nats(logits, token: int) -> float:
    shifted = logits.astype(np.float64) - logits.max()
    return float(np.log(np.exp(shifted).sum()) - shifted[token])
