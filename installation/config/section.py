"""What each table of config.toml is: frozen, typed, and without unknown keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def as_list(value: Any) -> Any:
    """A single name as a list of one; an empty name as an empty list."""
    return ([value] if value else []) if isinstance(value, str) else value


NameList = Annotated[list[str], BeforeValidator(as_list)]
Beats = Annotated[float, Field(gt=0, le=32)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class ConfigSection(BaseModel):
    """A table of config.toml: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
