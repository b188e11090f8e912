from __future__ import annotations

from pathlib import Path

from installation.config import Config, MidiSettings, RecordingSettings, StyleSettings
from installation.session.preflight import PreflightResult, run_preflight


def found(config: Config) -> dict[str, PreflightResult]:
    return {finding.subject: finding for finding in run_preflight(config)}


def config_for(model: Path, folder: Path, **changes) -> Config:
    return Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(folder=str(folder)),
        **changes,
    )


def test_it_looks_at_everything(model, tmp_path) -> None:
    findings = found(config_for(model, tmp_path))
    subjects = ["model", "display", "sound", "MIDI in", "MIDI out", "timing", "disk"]
    assert list(findings) == subjects
    assert all(finding.advice for finding in findings.values() if not finding.passed)


def test_a_model_that_works_is_described(model, tmp_path) -> None:
    finding = found(config_for(model, tmp_path))["model"]
    assert finding.passed and finding.message == "Untrained: 2 layers of 24 cells"


def test_without_a_model_it_cannot_be_played(tmp_path) -> None:
    finding = found(config_for(tmp_path / "none.safetensors", tmp_path))["model"]
    assert finding.vital and not finding.passed


def test_a_port_that_was_asked_for_is_vital(model, tmp_path) -> None:
    config = config_for(model, tmp_path, midi=MidiSettings(input="no such", output="no such"))
    findings = found(config)
    assert findings["MIDI in"].vital and not findings["MIDI in"].passed
    assert findings["MIDI out"].vital and not findings["MIDI out"].passed


def test_a_folder_that_is_a_file_takes_no_recordings(model, tmp_path) -> None:
    path = tmp_path / "file"
    path.touch()
    finding = found(config_for(model, path / "deep"))["disk"]
    assert not finding.passed and not finding.vital


def test_a_folder_still_to_be_made_will_do(model, tmp_path) -> None:
    assert found(config_for(model, tmp_path / "a" / "b"))["disk"].passed
    assert list(tmp_path.iterdir()) == []
