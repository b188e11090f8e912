"""A visitor's phone in a real browser, in front of the real piece; skipped without Chromium."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from web_load import free_port

from installation.visits.database import read_duets, read_visits, read_votes
from installation.web.audience.question import QuestionOfTheDay
from installation.web.audience.rounds import GuessingRound, save_rounds
from tests.hang_guard import HANG_GUARD_S
from tests.phone_browser import PHONE_SIZE_PX, PhoneBrowser


@pytest.fixture
def address(display, start, tmp_path):
    """Address of the audience's page of a running piece."""
    staff_port, port = free_port(), free_port()
    settings = f'[web]\nenabled = true\nhost = "127.0.0.1"\nport = {staff_port}\nname = ""\n'
    (tmp_path / "config.toml").write_text(f"{settings}audience = true\naudience_port = {port}\n")
    notes = ((0.0, 1.0, 60), (1.0, 1.0, 64))
    rounds = [GuessingRound("a", "network", "irish", 0, 120.0, notes, ((2.0, 1.0, 67),))]
    save_rounds(tmp_path / "rounds.json", rounds)
    (tmp_path / "recordings").mkdir()
    question = QuestionOfTheDay(tmp_path / "recordings" / "question.json")
    question.ask("Faster?", ["yes", "no"])
    question.save()
    start("play", "--seed", 3, DISPLAY=display, SDL_VIDEODRIVER="x11")
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def phone(chromium) -> PhoneBrowser:
    return PhoneBrowser(chromium)


def play_phrase(display: str) -> None:
    """Play some keys at the piece's window."""
    for key in "adgjkgda":
        for how, pause in (("keydown", 0.2), ("keyup", 0.05)):
            subprocess.run(["xdotool", how, key, "sleep", str(pause)], env={"DISPLAY": display})


def test_a_visitor_joins_steers_votes_takes_home_and_deletes(address, display, phone, tmp_path):
    phone.open(address)
    phone.wait_for(lambda: phone.value("notes.size") > 3, "the roll has notes")
    assert phone.value("document.documentElement.scrollWidth") <= PHONE_SIZE_PX[0]

    phone.find("wildness").send_keys("\ue010")  # the end key
    phone.wait_for(lambda: phone.value("crowd.voices") == 1, "the phone steers")
    phone.wait_for(lambda: phone.value("crowd.axes[0]") > 0.1, "the mean moves")
    for language in phone.driver.find_elements("css selector", "#languages button"):
        language.click()
        assert language.get_attribute("lang") == phone.value("document.documentElement.lang")

    phone.press("#answers button")
    phone.wait_for(lambda: phone.value("question.counts.join()") == "1,0", "the answer counts")
    phone.press("#hear")
    phone.press("#network")
    phone.wait_for(lambda: "100 %" in phone.find("verdict").text, "the guess is judged")
    assert [vote.is_positive for vote in read_votes(tmp_path / "recordings")] == [True]

    play_phrase(display)
    phone.wait_for(lambda: phone.find("liked").is_displayed(), "a vote is asked for")
    phone.press("#liked")
    folder = tmp_path / "recordings"
    phone.wait_for(lambda: len(read_votes(folder)) == 2, "the vote is kept")
    assert read_votes(folder)[1].is_positive
    loaded = "performance.getEntriesByType('resource').map((each) => each.name)"
    assert all(name.startswith(address) for name in phone.value(loaded))
    assert phone.complaints() == []

    duet = read_duets(folder)[-1]
    home = f"{address}/d/{duet.address}"
    phone.open(home)
    assert phone.value("notes.length") == len(duet.music.notes) > 8
    phone.press("#play")
    phone.wait_for(lambda: phone.value("position") > 500, "it sounds")
    assert phone.value("audio.state") == "running"
    for name in ("#save", "#midi"):
        phone.press(name)
    downloads = tmp_path / "downloads"
    phone.wait_for(lambda: list(downloads.glob("*.html")), "the page is saved")
    phone.wait_for(lambda: list(downloads.glob("*.mid")), "the .mid is saved")

    phone.wait_for(lambda: read_visits(folder)[-1].ended, "the visit is over")
    phone.open(home)
    phone.press("#wall")
    plays = phone.value("say('wall_plays')")
    phone.wait_for(lambda: phone.find("message").text == plays, "it is played on the wall")

    phone.press("#delete")
    phone.driver.switch_to.alert.accept()
    phone.wait_for(lambda: not phone.find("ends").is_displayed(), "it is deleted")
    assert read_duets(folder) == read_visits(folder) == []
    assert len(read_votes(folder)) == 1  # that of the round
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(home, timeout=HANG_GUARD_S)
    assert phone.complaints() == []

    (saved,) = downloads.glob("*.html")
    works_from_a_disk(phone, saved, len(duet.music.notes))


def works_from_a_disk(phone: PhoneBrowser, saved: Path, notes: int) -> None:
    phone.driver.set_network_conditions(offline=True, latency=0, throughput=0)
    phone.open(saved.as_uri())
    assert phone.value("notes.length") == notes
    phone.press("#play")
    phone.wait_for(lambda: phone.value("position") > 500, "it sounds")
    for name in ("delete", "wall"):
        assert not phone.find(name).is_displayed()
    assert phone.complaints() == []
