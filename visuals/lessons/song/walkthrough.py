"""The walk of lesson five: a small network learns a tune, one slow step and then at full speed."""

from __future__ import annotations

from collections import Counter

import numpy as np

from midi_data import songs
from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import DURATION, PITCH
from rnn.model.lstm import Array
from rnn.teaching.tune_learner import Apprentice, Hearing, Snapshot, fitted
from visuals.lessons.actions import Action
from visuals.lessons.shared_state import Bench
from visuals.lessons.song.input_facts import Fact, facts_at, given, pitch_tokens, said
from visuals.lessons.walkthrough import Step, Walk

SONGS = {"frere": songs.frere_jacques, "joy": songs.ode_to_joy, "ah": songs.ah_vous_dirai_je}
"""Our own tunes, by the key of their name's words."""
YOURS = "yours"
SEED = 1
"""Of the first weights: the slow step is the first of those at full speed."""
KNOWN = 0.95
"""Share of the notes that makes a tune known."""
RECITE_EVERY = 225
"""Ticks from one recital to the next while it learns: seven and a half seconds."""
EXCERPT = 16.0
"""Beats of a recital that are heard."""
TICKS_A_SECOND = 30
TICKS_A_NOTE = 8
"""How long a note is shown while it learns."""
MOST_KEYS = 8
"""Keys whose chances are shown: the commonest of the tune."""


class SongWalk(Walk):
    """A tune, the network that learns it, and what it plays meanwhile.

    Attributes
    ----------
    choice : str
        Key of the tune: one of `SONGS`, or `YOURS`.
    tune : Tune
        As it is learned.
    snapshot : Snapshot or None
        The network as it is shown; None until the first step that shows it.
    before : Snapshot or None
        The same before the last slow update.
    at : int
        The note shown: what is expected there.
    heard : tuple of Note
        What sounds now, or did last.
    reciting : bool
        Whether that is the network's.
    """

    steps = (
        Step("tune", 11.0, runs=True, turns=(Action.LEFT, Action.RIGHT)),
        Step("inputs", 7.0),
        Step("weights", 6.0),
        Step("cells", 6.0),
        Step("chances", 6.0),
        Step("target"),
        Step("error", 6.0),
        Step("change", 6.0),
        Step("noise", 8.0, runs=True),
        Step("learn", 34.0, runs=True, turns=(Action.UP,)),
        Step("layer", 22.0, runs=True),
        Step("end", 12.0, runs=True),
    )

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.choice = "frere"
        super().__init__()

    def _begin(self) -> None:
        self._bench.workshop.stop()
        self.snapshot: Snapshot | None = None
        self.before: Snapshot | None = None
        self._first: dict[str, Array] = {}
        self._apprentice: Apprentice | None = None
        self.at = 0
        self._noted = self._bench.ear.latest
        self._yours = self._bench.tune or self._bench.ear.tune(YOURS)
        self._take(self._bench.choice or "frere")
        self._play((), 0.0)

    # The tune

    @property
    def choices(self) -> tuple[str, ...]:
        """Keys of the tunes there are: the visitor's too, once it can be learned."""
        return tuple(SONGS) if self._yours is None else (*SONGS, YOURS)

    @property
    def played(self) -> int:
        """Notes the visitor has played, or those of the tune that is taken of them."""
        return self._bench.ear.count if self._yours is None else len(self._yours.notes)

    @property
    def pitches(self) -> tuple[int, ...]:
        """MIDI numbers of the keys whose chances are shown, from the highest."""
        counted = Counter(note.pitch for note in self.tune.notes)
        return tuple(sorted((pitch for pitch, _ in counted.most_common(MOST_KEYS)), reverse=True))

    def choose(self, choice: str) -> None:
        """Take another tune; only at the step that offers them, and only if there is one."""
        if self.now.name == "tune" and choice in self.choices:
            self._keep(choice)
            self._play(self.tune.notes, self.tune.end)

    def _keep(self, choice: str) -> None:
        """Take a tune, and come back to it whenever this lesson begins again in this visit."""
        self._take(choice)
        self._bench.choice = choice
        self._bench.tune = self._yours

    def _take(self, choice: str) -> None:
        yours = self._yours if choice == YOURS else None
        self.choice = choice if yours is not None or choice in SONGS else "frere"
        self.tune: Tune = yours or fitted(SONGS[self.choice]())

    def _attend(self) -> None:
        """Take down what the visitor plays: that is the tune to learn, if it is long enough."""
        if self._bench.ear.latest == self._noted:
            return
        self._noted = self._bench.ear.latest
        self._yours = self._bench.ear.tune(YOURS)
        if self._yours is not None:
            self._keep(YOURS)
        self._play((), 0.0)

    # The network at one note

    @property
    def token(self) -> int:
        """Place of the token that says the pitch of the note shown."""
        tokens = self._learner.encoded.tokens
        mine = np.flatnonzero(self._learner.notes == self.at)
        return next(int(t) for t in mine if PITCH <= tokens[t] < DURATION)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the network is shown there."""
        return facts_at(self._learner, self.token)

    @property
    def given(self) -> Array:
        """What each fact gives each cell's gates, shape (facts, 4, H)."""
        return given(self._shown.parameters, self.facts)

    @property
    def given_change(self) -> Array:
        """How much more each fact gives since the last slow update, shape (facts, 4, H)."""
        before = (self.before or self._shown).parameters
        return given(self._shown.parameters, self.facts) - given(before, self.facts)

    @property
    def said_change(self) -> Array:
        """How much more each cell's voice counts for each of `pitches`, shape (pitches, H)."""
        before = (self.before or self._shown).parameters
        alone = np.ones(self._shown.sizes.units, np.float32)
        return said(self._shown.parameters, alone, self.pitches) - said(before, alone, self.pitches)

    @property
    def gates(self) -> Array:
        """Input, forget, output gate and candidate of each layer, shape (L, 4, H)."""
        return self._hearing.gates[self.token]

    @property
    def cells(self) -> Array:
        """What each cell holds, shape (L, H)."""
        return self._hearing.cells[self.token]

    @property
    def hidden(self) -> Array:
        """What each cell says, shape (L, H)."""
        return self._hearing.hidden[self.token]

    @property
    def said(self) -> Array:
        """What each cell says for each of `pitches`, shape (pitches, H)."""
        return said(self._shown.parameters, self.hidden[-1], self.pitches)

    @property
    def chances(self) -> Array:
        """Chance of each of `pitches`, shape (pitches,)."""
        return self._hearing.chances[self.token, pitch_tokens(self.pitches)]

    @property
    def target(self) -> int:
        """MIDI number of the note that comes."""
        return self.tune.notes[self.at].pitch

    @property
    def chance(self) -> float:
        """The target's chance."""
        return float(self._hearing.chances[self.token, pitch_tokens((self.target,))[0]])

    @property
    def chance_before(self) -> float:
        """The same before the last slow update."""
        source = self.before or self._shown
        return float(source.hearing.chances[self.token, pitch_tokens((self.target,))[0]])

    @property
    def bits(self) -> float:
        """The error at the note shown: how little the target was expected, bits."""
        return float(self._hearing.bits[self.token])

    def changes(self, layer: int) -> Array | None:
        """How the weights between a layer's cells have changed since they were drawn, (H, 4H)."""
        name = f"lstm{layer}.hidden"
        if self.snapshot is None or name not in self.snapshot.parameters:
            return None
        now = self.snapshot.parameters[name]
        return now - self._first.setdefault(name, now)

    @property
    def layers(self) -> int:
        """Of the network shown."""
        return 1 if self.snapshot is None else self.snapshot.sizes.layers

    @property
    def errors(self) -> Array:
        """Bits a note before each update so far."""
        return np.zeros(0, np.float32) if self.snapshot is None else self.snapshot.errors

    @property
    def _shown(self) -> Snapshot:
        if self.snapshot is None:
            self._show(self._learner.snapshot())
        assert self.snapshot is not None
        return self.snapshot

    @property
    def _hearing(self) -> Hearing:
        return self._shown.hearing

    @property
    def _learner(self) -> Apprentice:
        """The one that takes the slow step; only made once it is needed."""
        if self._apprentice is None:
            self._apprentice = Apprentice(self.tune, SEED)
        return self._apprentice

    def _show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        for name, array in snapshot.parameters.items():
            self._first.setdefault(name, array)

    # What sounds

    @property
    def heard_beats(self) -> float:
        """How far what sounds has come, beats."""
        return self._ticks / TICKS_A_SECOND / self._beat

    @property
    def singing(self) -> bool:
        """Whether it still sounds."""
        return bool(self.heard) and self.heard_beats < self._end

    def _play(self, notes: tuple[Note, ...], end: float, reciting: bool = False) -> None:
        """Have notes heard up to a beat, in not much more than eight seconds."""
        self.heard = tuple(note for note in notes if note.onset < end)
        self.reciting, self._end, self._ticks = reciting, end, 0
        self._beat = min(0.45, max(0.2, 8.0 / end)) if end else 0.5
        self.sing(self.heard, self._beat)

    def _recite(self) -> None:
        recital = self._shown.recital
        self._play(recital.notes, min(EXCERPT, self.tune.end), reciting=True)

    # The steps

    def _do_tune(self) -> None:
        self._play(self.tune.notes, self.tune.end)

    def _do_inputs(self) -> None:
        self._attend()  # the last notes may be younger than the last look
        notes = self.tune.notes
        later = [k for k, note in enumerate(notes) if note.onset >= 2.5 * self.tune.meter.bar]
        self.at = later[0] if later else len(notes) - 1
        self._show(self._learner.snapshot())

    def _do_change(self) -> None:
        self.before = self._shown
        self._learner.learn()
        self._show(self._learner.snapshot())

    def _do_noise(self) -> None:
        self._recite()

    def _do_learn(self) -> None:
        self.before = None
        self._bench.workshop.start(self.tune, SEED)
        self._play((), 0.0)

    def _do_layer(self) -> None:
        self._bench.workshop.add_layer()

    def _do_end(self) -> None:
        self._recite()

    def _tick(self) -> None:
        self._ticks += 1
        if self.now.name == "tune":
            if self._ticks % TICKS_A_NOTE == 0:
                self._attend()
        elif self.now.name != "noise":
            self._watch()

    def _watch(self) -> None:
        """See how the workshop gets on, and hear what has been learned now and then."""
        for snapshot in self._bench.workshop.poll():
            self._show(snapshot)
            self._bench.learned = snapshot
        if self._ticks % TICKS_A_NOTE == 0:
            self.at = (self.at + 1) % len(self.tune.notes)
        if self._ticks >= RECITE_EVERY and self.now.name != "end":
            self._recite()

    def _turn(self, action: Action) -> None:
        if self.now.name == "learn":
            if action is Action.UP:
                self._bench.workshop.add_layer()
            return
        step = 1 if action in (Action.UP, Action.RIGHT) else -1
        choices = self.choices
        self.choose(choices[(choices.index(self.choice) + step) % len(choices)])
