"""The live music: performer, player, phrases, turn taking, scheduler and publisher."""

__all__ = [
    "attract_mode",
    "composer_input",
    "key_input",
    "live_controls",
    "performer",
    "phrases",
    "player",
    "publisher",
    "run",
    "scheduler",
    "tempo_sync",
    "turn_taking",
]
