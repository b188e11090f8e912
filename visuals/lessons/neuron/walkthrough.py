"""The walk of lesson one: a neuron guesses what a listener likes, by hand and then by learning."""

from __future__ import annotations

from rnn.teaching.perceptron import Guess, Neuron, Nudge, songs_of_taste
from visuals.lessons import motifs
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.walkthrough import Step, Walk

FIRST_WEIGHTS = (0.9, -0.6, 0.7)
"""Wrong in every fact, so that there is something to learn."""
RATE = 0.15
"""Share of a miss that each weight takes."""
TURN = 0.1
"""A weight turns by this much with one press."""
LIMIT = 4.0
"""Weights set by hand stay within this."""
ROUNDS = 12
"""How often all songs are heard while it learns."""
TICKS_SHOWN = 15
"""While it learns, a song stays to be seen for so many others: eyes are slower, and a cell that
changed its colour thirty times a second would flash."""
SOUND = 50
"""MIDI velocity."""
LOW, HIGH = 55, 60
"""The tone of a song that is not liked, and of one that is (MIDI numbers)."""
TOLD = 0.42
"""Seconds a song's tones sound while it learns."""
SHOWN = 2
"""The song whose journey is shown."""


class NeuronWalk(Walk):
    """One neuron, three facts, a listener.

    Attributes
    ----------
    songs : tuple of Song
    neuron : Neuron
    song : int
        Place of the song to be seen.
    guess : Guess
        What the neuron says of it.
    nudge : Nudge or None
        What it learned last from that song; None before it learns.
    knob : int
        The weight the visitor's arrows turn.
    by_hand : float or None
        Lowest error, bits a song, that the visitor reached; None before trying.
    errors : list of float
        Error over all songs after each song learned, from before the first.
    """

    steps = (
        Step("facts"),
        Step("axons"),
        Step("synapses", 6.0),
        Step("sum"),
        Step("squash", 6.0),
        Step("answer"),
        Step("songs", 6.0),
        Step("error", 6.0),
        Step("hands", 12.0, turns=ARROWS),
        Step("fresh"),
        Step("miss"),
        Step("nudge", 6.0),
        Step("learn", 13.0, runs=True),
        Step("end", 7.0),
    )

    def _begin(self) -> None:
        self.songs = songs_of_taste()
        self.neuron = Neuron(FIRST_WEIGHTS)
        self.song = SHOWN
        self.nudge: Nudge | None = None
        self.knob = 0
        self.by_hand: float | None = None
        self.errors: list[float] = []
        self._heard = SHOWN
        self._learned = 0

    @property
    def guess(self) -> Guess:
        """What the neuron makes of the song to be seen."""
        return self.neuron.guess(self.songs[self.song].facts)

    @property
    def error(self) -> float:
        """Over all songs, bits a song."""
        return self.neuron.error(self.songs)

    @property
    def is_learned(self) -> bool:
        """Whether every song was heard `ROUNDS` times."""
        return self._learned >= ROUNDS * len(self.songs)

    def _turn(self, action: Action) -> None:
        if action in (Action.UP, Action.DOWN):
            self.knob = (self.knob + (1 if action is Action.DOWN else -1)) % len(FIRST_WEIGHTS)
            return
        way = 1 if action is Action.RIGHT else -1
        turned = round(self.neuron.weights[self.knob] + way * TURN, 6)
        self.neuron.weights[self.knob] = min(LIMIT, max(-LIMIT, turned))
        self.by_hand = min(self.error, self.by_hand if self.by_hand is not None else self.error)

    def _do_facts(self) -> None:
        self.sing(motifs.song(self.songs[self.song].facts), 1.0, SOUND)

    def _do_squash(self) -> None:
        self.sing(motifs.verdict(self.guess.output > 0.5), 1.0, SOUND)

    def _do_answer(self) -> None:
        self.sing(motifs.verdict(bool(self.songs[self.song].liked)), 1.0, SOUND)

    def _do_miss(self) -> None:
        self._tell()

    def _tell(self) -> None:
        """Have heard whether guess and answer agree about the song to be seen."""
        liked = self.songs[self.song].liked
        agrees = (self.guess.output > 0.5) == bool(liked)
        self.sing(motifs.agreement(HIGH if liked else LOW, agrees, TOLD), 1.0, SOUND)

    def _do_fresh(self) -> None:
        self.neuron = Neuron(FIRST_WEIGHTS)
        self.song = SHOWN
        self.errors = [self.error]

    def _do_nudge(self) -> None:
        self._learn_one(seen=True)

    def _tick(self) -> None:
        if not self.is_learned:
            self._heard = (self._heard + 1) % len(self.songs)
            self._learn_one(seen=self._learned % TICKS_SHOWN == 0)

    def _do_end(self) -> None:
        while not self.is_learned:
            self._tick()

    def _learn_one(self, seen: bool) -> None:
        """Learn from the song whose turn it is, and let it be seen or not."""
        nudge = self.neuron.nudge(self.songs[self._heard], RATE)
        if seen:
            self.song, self.nudge = self._heard, nudge
            self._tell()
        self.errors.append(self.error)
        self._learned += 1
