"""The outside services, one module each; none of them knows another, the store or the machine.

Every error that leaves a module of this package is an `IntegrationError` named for what happened.
"""

from collections.abc import Iterator


class IntegrationError(Exception):
    """Something outside did not do what was asked of it. `retryable`: asking again may help."""

    retryable = False


def causes(exc: BaseException) -> Iterator[BaseException]:
    """An exception of a library's and what it came from, wherever that is kept; its root last."""
    found: BaseException | None = exc
    known: set[int] = set()
    while found is not None and id(found) not in known:
        known.add(id(found))
        yield found
        inside = (getattr(found, "reason", None), *found.args, found.__cause__, found.__context__)
        found = next((one for one in inside if isinstance(one, BaseException)), None)
