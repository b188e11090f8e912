from __future__ import annotations

import pytest
from pydantic import ValidationError

from installation.config.section import ConfigSection, NameList


class Ports(ConfigSection):
    """A section of one list."""

    names: NameList = []


def test_a_section_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Ports().names = ["keys"]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        Ports.model_validate({"nmaes": []})


@pytest.mark.parametrize(("value", "names"), [("", []), ("a", ["a"]), (["a", "b"], ["a", "b"])])
def test_a_name_is_a_list_of_one(value, names) -> None:
    assert Ports.model_validate({"names": value}).names == names
