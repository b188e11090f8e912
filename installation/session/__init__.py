"""One run of the piece: its options, model, devices, recorder, publishers and stage."""

__all__ = [
    "blend_partners",
    "calibration",
    "chosen_instruments",
    "devices",
    "file_writer",
    "live_session",
    "model_loading",
    "options",
    "preflight",
    "recorder",
    "stage_factory",
    "unrecoverable_errors",
]
