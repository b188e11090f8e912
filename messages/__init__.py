"""What the engine and the stage tell each other: messages, their bytes, and the clock."""
