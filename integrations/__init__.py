"""The outside services, one module each; none of them knows another, the store or the machine.

Every error that leaves a module of this package is an `IntegrationError` named for what happened.
"""


class IntegrationError(Exception):
    """Something outside did not do what was asked of it. `retryable`: asking again may help."""

    retryable = False
