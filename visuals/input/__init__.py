"""Input: what a visitor does at the window, by key, finger or mouse.

It reads the events of the window, sends gestures to the performer and gives commands to the stage.
A key travels through these functions, in the stage's process and then in the performer's:

1. `StageInput.poll` takes the event from SDL: before a frame, after each piece that is drawn, and
   every millisecond while the frame waits for its deadline.
2. `StageInput._read_key` tells keys of the piano from commands.
3. `MonotonicClock.now` gives the time of the event.
4. `ComputerKeyboard.press` turns the scancode into a pitch.
5. `GestureSender.send` takes the `KeyEvent`, and rings the doorbell in the end.
6. `pack` makes bytes of it.
7. `SharedRing.write` puts them in shared memory.
8. `GestureReceiver._run` wakes up at the doorbell, on a real-time thread where permitted.
9. `GestureReceiver._drain` goes through the new gestures.
10. `SharedRing.read` takes them from shared memory.
11. `unpack` makes a `KeyEvent` of the bytes.
12. `LiveSession.handle_gesture` gives it a velocity.
13. `KeyInput.press` makes the note-on.
14. `KeyInput._send` gives it to each output.
"""

__all__ = ["key_bindings", "lesson_actions", "stage_input", "touch_input"]
