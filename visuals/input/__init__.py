"""Input: what a visitor does at the window, by key, finger or mouse.

It reads the events of the window, sends gestures to the performer and gives commands to the stage.
A key travels through these functions, in the stage's process and then in the performer's:

1. `StageInput.poll` takes the event from SDL: before a frame, after each piece that is drawn, and
   every millisecond while the frame waits for its deadline.
2. `StageInput._read_event` tells keys from fingers.
3. `StageInput._read_key` tells keys of the piano from commands.
4. `MonotonicClock.now` gives the time of the event.
5. `ComputerKeyboard.press` turns the scancode into a pitch.
6. `GestureSender.send` pickles the `KeyEvent` and rings the doorbell.
7. `SharedRing.write` puts it in shared memory.
8. `GestureReceiver._run` wakes up at the doorbell, on a real-time thread where permitted.
9. `GestureReceiver._drain` unpickles it.
10. `SharedRing.read` takes it from shared memory.
11. `LiveSession.handle_gesture` gives it a velocity.
12. `KeyInput.press` makes the note-on.
13. `KeyInput._send` gives it to each output.
"""
