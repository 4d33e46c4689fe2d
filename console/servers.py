"""The process of a server in words: who works on a message, and whether it lives."""

from console.times import age, span
from console.views.owners import Owner


def owner_in_words(owner: Owner | None, at: float) -> str:
    """Who has it, since when it runs, and whether it lives."""
    if owner is None:
        return "nobody works on it"
    if owner.started_at is None:
        return f"its process {owner.name} is gone"
    heard = f"last heard of {age(owner.heard_at, at)}"
    if not owner.alive:
        return f"its process {owner.name} is dead, {heard}"
    up = f"up for {span(at - owner.started_at)}"
    if not owner.here:
        return f"process {owner.name} has it, {heard}, {up}"
    if owner.overdue:
        return f"process {owner.name} has it, runs and does nothing, {heard}: restart the server"
    return f"process {owner.name} has it, alive and {up}"
