from __future__ import annotations

from threading import Event, get_ident

from visuals.scene_builder import SceneBuilder


def test_scenes_are_built_in_order_beside_the_drawing():
    seen, done = [], Event()

    def build(name):
        seen.append((name, get_ident()))
        if name == "last":
            done.set()
        return name

    understudies = SceneBuilder(build, ["first", "last"])
    assert done.wait(5)
    understudies.close()
    assert understudies.scenes == {"first": "first", "last": "last"}
    assert [name for name, _ in seen] == ["first", "last"]
    assert get_ident() not in [thread for _, thread in seen]


def test_off_screen_they_are_ready_at_once():
    understudies = SceneBuilder(str.upper, ["a", "b"], {"b": "kept"}, beside=False)
    assert understudies.scenes == {"a": "A", "b": "kept"}


def test_after_closing_none_is_begun():
    begun, go = [], Event()

    def build(name):
        begun.append(name)
        go.wait(5)
        return name

    understudies = SceneBuilder(build, ["a", "b", "c"])
    understudies.stop()
    go.set()
    understudies.close()
    assert begun in (["a"], [])
