"""A visitor's tune is learned in a lesson, and the live scenes draw the network that learned it.

Real keys are pressed in a real window, through all processes; then the window dies.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess

import pytest

from rnn.teaching.tune_learner import UNITS_PER_LAYER

HELD_S = "0.12"
"""Time for which a key is held, and before the next key, seconds: the rhythm of the tune."""
TUNE_KEYS = "asdfga"
"""Keys of the visitor's tune."""


@pytest.mark.timeout(180)
def test_what_was_learned_plays_is_drawn_and_outlives_the_window(display, start, until, tmp_path):
    log, status = tmp_path / "log.txt", tmp_path / "status.json"
    settings = f'[log]\nlevel = "debug"\nfile = "{log.name}"\nstatus = "{status.name}"\n'
    (tmp_path / "config.toml").write_text(settings)

    def press(*names: str) -> None:
        words = [
            word
            for name in names
            for word in ("keydown", name, "sleep", HELD_S, "keyup", name, "sleep", HELD_S)
        ]
        subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": display}, check=True)

    def logged(pattern: str) -> list[str]:
        return re.findall(pattern, log.read_text()) if log.exists() else []

    def health(of: str) -> dict:
        return json.loads(status.read_text())[of] if status.exists() else {}

    def steps() -> list[str]:
        return logged(r"lesson (\w+, \w+):")

    def go_on(key: str) -> None:
        count = len(steps())
        press(key)
        until(lambda: len(steps()) > count, 20, f"{key} leads on")

    def walk_to(step: str, key: str) -> None:
        while step not in steps()[-1:]:
            go_on(key)

    process = start(
        *("play", "--style", "fife", "--seed", 3, "--scene", "why"),
        DISPLAY=display,
        SDL_VIDEODRIVER="x11",
    )
    until(lambda: health("stage").get("frame_rate", 0) > 5, 60, "it draws")
    go_on("Tab")
    walk_to("song, question", "Next")
    walk_to("song, tune", "Return")
    press(*TUNE_KEYS)
    count = len(TUNE_KEYS)
    until(lambda: logged(f"the visitor's tune has {count} notes") != [], 30, "the tune is captured")
    walk_to("song, learn", "Return")
    learned = f"the lesson trainer learns {count} notes"
    until(lambda: logged(learned) != [], 30, "the visitor's tune is learned")
    ready = "a network that learns is ready to play"
    until(lambda: logged(ready) != [], 30, "the lesson has seen the network")
    walk_to("create, choose", "Next")
    press("Return")
    drawn = rf"drawing .*, {UNITS_PER_LAYER} units"
    until(lambda: len(logged(drawn)) == 1, 30, "the network learned is drawn")
    press("a", "d", "g", "d")
    until(lambda: health("performer")["turn"] == "answer", 30, "it answers")
    os.kill(health("stage")["pid"], signal.SIGKILL)
    until(lambda: len(logged(drawn)) == 2, 30, "another window draws the same network")
    assert health("performer")["restarts"] == 0
    assert "left a network alone" not in log.read_text()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
