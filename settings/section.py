"""What all sections of the settings have in common."""

from collections.abc import Iterator
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Settings that stand together. Nothing is changed in place, and an error shows no value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def keys_of(model: type[Section], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted path and the annotation of every key."""
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        if isinstance(hints[name], type) and issubclass(hints[name], Section):
            yield from keys_of(hints[name], f"{name}.")
        else:
            yield f"{prefix}{name}", hints[name]
