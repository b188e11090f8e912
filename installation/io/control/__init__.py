"""Remote control by OSC, and tempo sources: MIDI clock and Ableton Link."""
