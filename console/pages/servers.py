"""The process of a server in words: who works on a message, and whether it lives."""

from console.views.owners import Owner
from console.words.times import age, span
from settings.language import said


def owner_in_words(owner: Owner | None, at: float) -> str:
    """Who has it, since when it runs, and whether it lives."""
    if owner is None:
        return said("nobody works on it")
    if owner.started_at is None:
        return said("its process {name} is gone", name=owner.name)
    heard = said("last heard of {ago}", ago=age(owner.heard_at, at))
    if not owner.alive:
        return said("its process {name} is dead, {heard}", name=owner.name, heard=heard)
    up = said("up for {time}", time=span(at - owner.started_at))
    if not owner.here:
        return said("process {name} has it, {heard}, {up}", name=owner.name, heard=heard, up=up)
    if owner.overdue:
        return said(
            "process {name} has it, runs and does nothing, {heard}: restart the server",
            name=owner.name,
            heard=heard,
        )
    return said("process {name} has it, alive and {up}", name=owner.name, up=up)
