from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from datetime import timedelta

import mido
import pytest

from installation.visits.duet import DuetMusic, DuetNote
from installation.web.audience.duet_page import DuetPage, midi_bytes
from installation.web.audience.routes import page_words
from installation.web.static_files import load_static_files
from messages.cues import NoteSource
from midi_data.notes import Meter
from tests.installation.web.audience.conftest import BEGAN, NOTES


@pytest.fixture(scope="module")
def page() -> DuetPage:
    return DuetPage(load_static_files("installation.web.audience"), page_words())


@pytest.fixture
def html(page, room) -> str:
    return page.render(room.add_duet(), BEGAN + timedelta(days=14))


def embedded(html: str) -> dict:
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_the_page_holds_who_played_what_and_why(html):
    data = embedded(html)
    assert data["notes"] == [[0, 400, 60, 80, 0], [500, 400, 67, 90, 1]]
    assert data["reasons"] == [[1, 0, 1.5]]
    assert data["units"] == [[1, 7, 0.4]]
    assert set(data["words"]) == {"ca", "en", "es"}


def test_the_page_needs_nothing_else(html):
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", html)
    assert not re.findall(r"url\((?!data:)", html)
    assert "http://" not in html and "https://" not in html


def test_its_policy_allows_its_own_script_and_style_alone(page, html):
    for tag in ("script", "style"):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy
        assert f"{tag}-src 'sha256-{digest}'" in html
    assert "unsafe" not in page.policy


def test_a_style_cannot_end_the_data(page, room):
    from dataclasses import replace

    duet = replace(room.add_duet(), style="</script><script>alert(1)</script>")
    html = page.render(duet, BEGAN)
    assert html.count("<script") == 2
    assert embedded(html)["style"] == duet.style


@pytest.mark.parametrize("count", [1, 5000])
def test_one_note_and_five_thousand_make_a_page(page, room, count):
    notes = [DuetNote(60, 80, 10 * k, 20, NoteSource.VISITOR) for k in range(count)]
    duet = room.add_duet(notes)
    assert len(embedded(page.render(duet, BEGAN))["notes"]) == count


def test_the_midi_file_has_both_voices_in_time():
    music = DuetMusic(NOTES, beat_us=400_000, meter=Meter(6, 8))
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(music)))
    assert [track.name for track in file.tracks[1:]] == ["visitor", "network"]
    times, now = [], 0.0
    for message in file:
        now += message.time
        if message.type == "note_on":
            times.append((round(now, 2), message.note, message.channel))
    assert times == [(0.0, 60, 0), (0.5, 67, 1)]
