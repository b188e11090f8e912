"""A night of the real piece: it learns from liked duets, plays what it has learned, and goes back.

A network of 16 random cells stands for the style, so that the training takes seconds. The pages of
the staff are asked as a browser asks them.
"""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path

import numpy as np
import pytest
from web_load import free_port

from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from rnn.codecs.note_codec import NoteCodec
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from tests.hang_guard import HANG_GUARD_S, wait_until

PIN = "2468"

# its training has the lowest priority: beside other tests it would stand still
pytestmark = pytest.mark.alone


def save_small_style(path: Path) -> None:
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=16, layers=2)
    network = Network.initial(sizes, np.random.default_rng(1))
    network.parameters["embedding"] *= 5
    network.parameters["readout.weight"] *= 4
    card = ModelCard(style="small", meter="4/4")
    save_checkpoint(path, Checkpoint(network, codec, card, np.zeros((2, 12, 16), np.float32)))


def add_liked_visits(recordings: Path, count: int) -> None:
    now = datetime.now().astimezone()
    began = now.isoformat(timespec="seconds")
    with contextlib.closing(VisitDatabase(recordings, now)) as database:
        for number in range(count):
            visit = database.add(Visit(began, began, style="small"))
            walk = [60 + number // 3**k % 3 for k in range(5)]
            notes = [DuetNote(p, 80, 500 * k, 400, NoteSource.VISITOR) for k, p in enumerate(walk)]
            notes += [DuetNote(72, 80, 3000 + 250 * k, 200, NoteSource.NETWORK) for k in range(8)]
            music = DuetMusic(tuple(notes))
            database.add_duet(Duet(str(number), began, "small", 0, music, visit=visit))
            database.add_vote(Vote(str(number), f"v{number}", began, VoteKind.LIKED, "yes"))


class StaffPage:
    """The requests of the staff page."""

    def __init__(self, address: str) -> None:
        self._address = address
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def ask(self, path: str, **values: object) -> dict:
        """The answer to a request; nothing while the piece does not answer."""
        data = json.dumps(values).encode() if values else None
        headers = {"content-type": "application/json", "origin": self._address}
        request = urllib.request.Request(self._address + path, data, headers)
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            self._opener.open(request, timeout=HANG_GUARD_S) as answer,
        ):
            return json.loads(answer.read())
        return {}

    def log_tells(self, text: str) -> bool:
        """Whether a line of the piece's log has a text."""
        return text in json.dumps(self.ask("/staff/log"))


def test_the_piece_learns_at_its_hour_plays_what_it_learned_and_goes_back(display, start, tmp_path):
    port = free_port()
    save_small_style(tmp_path / "small.safetensors")
    add_liked_visits(tmp_path / "recordings", 40)
    at = datetime.now() + timedelta(minutes=1)
    (tmp_path / "config.toml").write_text(
        f'[web]\nhost = "127.0.0.1"\nport = {port}\nname = ""\npin = "{PIN}"\n'
        f'[style]\nmodel = "small.safetensors"\n[evolution]\nenabled = true\nat = "{at:%H:%M}"\n'
        '[log]\nfile = "log.txt"\n'
    )
    start("play", "--web", "--seed", 3, DISPLAY=display, SDL_VIDEODRIVER="x11")
    staff = StaffPage(f"http://127.0.0.1:{port}")
    wait_until(lambda: bool(staff.ask("/staff/login", pin=PIN)), "the staff is let in")
    store = GenerationStore(
        tmp_path / "generations" / "small", "small", tmp_path / "small.safetensors"
    )
    wait_until(lambda: store.current_number == 1, "a generation takes over")
    assert store.record(1).duets == 24
    told = staff.ask("/staff/generations")
    assert (told["current"], [each["number"] for each in told["generations"]]) == (1, [0, 1])
    wait_until(lambda: staff.log_tells("generation 1 plays from the next visit on"), "it plays")

    staff.ask("/staff/generations", style="small", number=0)
    assert staff.ask("/staff/generations")["current"] == 0
    wait_until(lambda: staff.log_tells("generation 0 plays from the next visit on"), "back")
    assert store.current_number == 0 and store.refused() == {}
