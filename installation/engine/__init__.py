"""Playing: clocks, scheduler, tempo, conversation, performer."""
