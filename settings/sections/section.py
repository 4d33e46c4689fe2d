"""What all sections of the settings have in common.

A section stands under its name (`server:`), or there are many of it, in a list or by names of the
operator's (`Items[Reply]`, `Named[Persona]`): then it reads itself from what is written there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, model_validator

from settings.file.values import YamlValue


class Section(BaseModel):
    """Settings that stand together. Nothing is changed in place, and an error shows no value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return value.mapping() if isinstance(value, YamlValue) else value


def hints_of(section: type[Section]) -> dict[str, Any]:
    """The annotation of every key of a section, in their order."""
    hints = get_type_hints(section, include_extras=True)
    return {name: hints[name] for name in section.model_fields}


def is_section(hint: Any) -> bool:
    """Whether what is annotated so has keys of its own."""
    return isinstance(hint, type) and issubclass(hint, Section)


def names_within(hint: Any) -> Iterator[str]:
    """The names of all keys of the sections that a value holds: in lists, by names, deeper too."""
    if is_section(hint):
        for name, inner in hints_of(hint).items():
            yield name
            yield from names_within(inner)
    else:
        for inner in get_args(hint):
            yield from names_within(inner)


def of_own_names(hint: Any, name: str) -> Iterator[str]:
    """Of a key and all within it, which hold names of the operator's own and not keys of ours."""
    if is_section(hint):
        for own, inner in hints_of(hint).items():
            yield from of_own_names(inner, own)
        return
    if get_origin(hint) is Mapping:
        yield name
    for inner in get_args(hint):
        yield from of_own_names(inner, name)


def keys_of(model: type[Section], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted path and the annotation of every key."""
    for name, hint in hints_of(model).items():
        if is_section(hint):
            yield from keys_of(hint, f"{name}.")
        else:
            yield f"{prefix}{name}", hint
