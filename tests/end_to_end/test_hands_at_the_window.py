"""Hands at a real window: the mouse holds a neuron, drags a blend; a key struck lights.

The network plays by a virtual clock, a thirtieth of a second a frame, in one process with the
window: so it takes as long as it takes, and what is played depends on the hands alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from installation.config import Config
from installation.engine.live_controls import InterventionsChange, LiveControlChange
from installation.film.offline_take import compose_take
from installation.session.blend_partners import create_blend, load_blend_partners
from installation.session.live_session import resolve_live_settings
from installation.session.model_loading import load_model
from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, NoteCue
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.hud.unit_card import CARD_COLOUR, CARD_SIZE_PX, card_rect
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.cortex.scene import BRAIN_CENTRE_PX
from visuals.widgets.piano_keyboard import PianoKeyboard

SEED = 9
MIN_SAID = 0.5  # what a bright cell says at least
LOOKS = (2.5, 3.0, 3.5)
"""Seconds of the performance at which a held cell is looked at."""
WINDOW = (1280, 720)
SCALE = WINDOW[0] / PICTURE_SIZE_PX[0]
PROGRAM = """
import json, sys
from installation.config import Config
from installation.session.controls.control_mapping import ControlMapper, hold_intervention
from installation.session.live_session import load_model, resolve_live_settings
from installation.session.stage_factory import open_stage
from installation.session.blend_partners import create_blend, load_blend_partners
from messages.clock import SECOND, VirtualClock
from installation.engine.performer import Performer
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.engine.publisher import Subscriber
from installation.engine.live_controls import LiveControlChange, InterventionsChange
from installation.engine.key_input import KeyInput
from messages.cues import BlendChange, NoteCue
from messages.gestures import HeldUnitsChange, KeyEvent, ParameterChange

scene, seed = sys.argv[1], int(sys.argv[2])
config, told, notes, weights = Config(), [], [], []
first = load_model(config.style)
partners = load_blend_partners(config.style, first)
composer, clock = create_blend(first, partners), VirtualClock()

class Sink(Subscriber):
    def send_message(self, message):
        told.append(message)
        if isinstance(message, NoteCue):
            notes.append(message.pitch)
        if isinstance(message, BlendChange):
            weights[:] = message.weights

def take(gesture):
    match gesture:
        case HeldUnitsChange(holds):
            hands.submit_control_change(LiveControlChange(
                InterventionsChange(tuple(map(hold_intervention, holds))), clock.now()
            ))
        case ParameterChange("blend", shares):
            hands.submit_control_change(desk.map_blend(shares, clock.now()))
        case KeyEvent(pitch, True):
            hands.press(pitch, 90, clock.now())
        case KeyEvent(pitch, False):
            hands.release(pitch, clock.now())

hands, scheduler = KeyInput([]), Scheduler([])
desk = ControlMapper(composer.styles, composer.layers, composer.units)
live = resolve_live_settings(config, first)
performer = Performer(composer, hands, scheduler, [Sink()], live, seed, clock.now())

def poll():
    messages, told[:] = list(told), []
    return messages

settings = config.stage.model_copy(update={"scene": scene})
stage = open_stage(settings, first, poll, take, partners=partners)
for frame, _ in enumerate(sys.stdin):
    run_virtual(performer, scheduler, clock, frame * SECOND // 30)
    stage.show_frame(clock.now())
    print(json.dumps({"time": frame / 30, "notes": notes, "weights": weights}), flush=True)
"""


class Hand:
    """Moves and presses the mouse at points of the picture, and looks at the screen."""

    def __init__(self, display, picture):
        self._environment, self._picture = {**os.environ, "DISPLAY": display}, picture

    def act(self, *words):
        subprocess.run(["xdotool", *words], env=self._environment, check=True)

    def at(self, place, *words):
        x, y = (round(part * SCALE) for part in place)
        self.act("mousemove", str(x), str(y), *words)

    def look(self, place, reach):
        """What lies about a point, shape (2 reach, 2 reach, 3)."""
        x, y = (round(part * SCALE) for part in place)
        return self._picture((x - reach, y - reach, 2 * reach, 2 * reach))


@pytest.fixture
def hand(display, picture):
    return Hand(display, picture)


@pytest.fixture
def play(display):
    """Opens a scene; draws a frame, and gives what the program says, whenever it is asked."""
    started = []

    def launch(scene):
        environment = {key: value for key, value in os.environ.items() if key != "SDL_VIDEODRIVER"}
        environment |= {"DISPLAY": display, "SDL_VIDEODRIVER": "x11", "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, scene, str(SEED)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return frames_of(process)

    yield launch
    for process in started:
        process.kill()
        process.communicate()


def frames_of(process):
    while True:
        process.stdin.write("on\n")
        process.stdin.flush()
        line = process.stdout.readline()
        while line and not line.startswith("{"):  # pygame greets
            line = process.stdout.readline()
        assert line, "the program ended"
        yield json.loads(line)


def after(frames, time):
    """What is said at `time` of the performance, seconds."""
    return next(told for told in frames if told["time"] >= time)


class Composed:
    """What the network plays by itself with that seed, worked out beforehand."""

    def __init__(self):
        config = Config()
        self.first = load_model(config.style)
        self._partners = load_blend_partners(config.style, self.first)
        self._live = resolve_live_settings(config, self.first)

    def cues(self, seconds, steered=()):
        composer = create_blend(self.first, self._partners)
        take = compose_take(composer, self._live, seconds, SEED, visitor=[], changes=steered)
        return [told.message for told in take.stage_messages if isinstance(told.message, NoteCue)]

    def pitches(self, seconds, steered=()):
        return [cue.pitch for cue in self.cues(seconds, steered)]


def telling_cell(composed, layout):
    """A bright cell at the lower left whose silence is soon heard, whenever it begins."""
    cues = composed.cues(8.0)
    plain = [cue.pitch for cue in cues]
    said = [
        c.activations[1, HIDDEN_INDEX] for c in cues if LOOKS[0] - 0.5 < c.due / SECOND < LOOKS[-1]
    ]
    x, y = layout.position.T
    light = np.min(said, axis=0)[layout.unit]
    near = np.flatnonzero((layout.layer == 1) & (x < 900) & (y > 560) & (light > MIN_SAID))
    for cell in near[np.argsort(-light[near])]:
        touch = InterventionsChange(
            (UnitIntervention(1, int(layout.unit[cell]), InterventionKind.SILENCE),)
        )
        heard = [composed.pitches(8.0, [LiveControlChange(touch, at * SECOND)]) for at in (1, 3)]
        if all(pitches != plain for pitches in heard):
            return cell
    pytest.fail("no bright cell's silence is heard: choose another seed")


@pytest.mark.timeout(900)
def test_a_held_neuron_goes_dark_and_the_next_notes_differ(play, hand):
    composed = Composed()
    layout = lay_out_cortex(NetworkSummary.from_checkpoint(composed.first), BRAIN_CENTRE_PX)
    cell = telling_cell(composed, layout)
    place = layout.position[cell]
    lights = []
    for held in (False, True):
        frames = play("cortex")
        after(frames, 0.7)
        hand.at(place, "mousedown" if held else "mouseup", "1")
        lights.append([])
        for time in LOOKS:
            after(frames, time)
            lights[-1].append(hand.look(place, 3).mean())
    assert np.mean(lights[1]) < 0.6 * np.mean(lights[0])
    papers = []
    for corner in ((x, y) for x in (0, 1920) for y in (0, 1080)):
        card = card_rect(corner, CARD_SIZE_PX)
        shown = hand.look(card.center, round(SCALE * card.height / 2))
        papers.append((np.abs(shown - CARD_COLOUR).max(axis=2) < 6).mean())
    assert max(papers) > 0.5  # its card, in the corner where it hides the least
    played = after(frames, 8.0)["notes"]
    plain = composed.pitches(12.0)[: len(played)]
    assert played[:2] == plain[:2]
    assert played != plain


@pytest.mark.timeout(900)
def test_a_blend_is_dragged_and_the_point_follows(play, hand):
    field = lay_out_blend(3)
    first, other = field.corners[0], field.corners[1]
    frames = play("blend")
    assert after(frames, 0.7)["weights"] == [1.0, 0.0, 0.0]
    assert hand.look(first, 16).max() > 120
    hand.at(first, "mousedown", "1")
    for share in np.linspace(0.0, 1.0, 6):
        hand.at((1 - share) * first + share * other)
    told = next(told for told in frames if told["weights"][1] > 0.95)
    hand.act("mouseup", "1")
    after(frames, told["time"] + 1.5)
    assert hand.look(other, 16).max() > 120
    assert hand.look(first, 10).max() < 120


@pytest.mark.timeout(900)
def test_a_key_of_the_drawn_piano_lights_and_is_heard(play, hand):
    import pygame

    pygame.font.init()
    key = PianoKeyboard(Typesetter()).key_rect(62)  # no key that invites
    place = (key.left + 5, key.bottom - 12)  # beside its letter
    frames = play("why")
    after(frames, 0.7)
    next(told for told in frames if hand.look(place, 2).mean() < 60)  # no note of the network's
    hand.at(place, "mousedown", "1")
    told = next(told for told in frames if 62 in told["notes"])
    after(frames, told["time"] + 0.3)
    assert hand.look(place, 2).mean() > 75
