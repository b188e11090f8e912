from __future__ import annotations

import pytest

from installation.engine.key_input import KeyInput
from installation.session.controls.control_mapping import ControlMapper


@pytest.fixture
def key_input():
    return KeyInput([])


@pytest.fixture
def mapper():
    return ControlMapper(("irish",), layers=2, units=8)


@pytest.fixture
def asked():
    """Controls and models that were asked for."""
    return []
