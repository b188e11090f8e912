"""A visitor's tune is learned in a lesson, and the live scenes draw the network that learned it.

Real keys are pressed in a real window, through all processes; then the window dies.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess

from rnn.teaching.tune_learner import UNITS_PER_LAYER
from tests.hang_guard import HANG_GUARD_S, wait_until

HELD_S = "0.12"
"""Time for which a key is held, and before the next key, seconds: the rhythm of the tune."""
TUNE_KEYS = "asdfga"
"""Keys of the visitor's tune."""


def test_what_was_learned_plays_is_drawn_and_outlives_the_window(display, start, tmp_path):
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
        wait_until(lambda: len(steps()) > count, f"{key} leads on")

    def walk_to(step: str, key: str) -> None:
        while step not in steps()[-1:]:
            go_on(key)

    process = start(
        *("play", "--style", "fife", "--seed", 3, "--scene", "why"),
        DISPLAY=display,
        SDL_VIDEODRIVER="x11",
    )
    wait_until(lambda: health("stage").get("frame_rate", 0) > 5, "it draws")
    go_on("Tab")
    walk_to("song, question", "Next")
    walk_to("song, tune", "Return")
    press(*TUNE_KEYS)
    count = len(TUNE_KEYS)
    wait_until(
        lambda: logged(f"the visitor's tune has {count} notes") != [], "the tune is captured"
    )
    walk_to("song, learn", "Return")
    learned = f"the lesson trainer learns {count} notes"
    wait_until(lambda: logged(learned) != [], "the visitor's tune is learned")
    ready = "a network that learns is ready to play"
    wait_until(lambda: logged(ready) != [], "the lesson has seen the network")
    walk_to("create, choose", "Next")
    press("Return")
    drawn = rf"drawing .*, {UNITS_PER_LAYER} units"
    wait_until(lambda: len(logged(drawn)) == 1, "the network learned is drawn")
    press("a", "d", "g", "d")
    wait_until(lambda: health("performer")["turn"] == "answer", "it answers")
    os.kill(health("stage")["pid"], signal.SIGKILL)
    wait_until(lambda: len(logged(drawn)) == 2, "another window draws the same network")
    assert health("performer")["restarts"] == 0
    assert "left a network alone" not in log.read_text()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 0
