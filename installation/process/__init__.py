"""The house: processes, wire, recorder, logs."""
