"""Whether a database is of this version: by the scripts that it has seen, and those there are."""

from collections.abc import Set

from settings.language import said
from store.errors import SchemaTooNew, SchemaTooOld


def refuse_newer(seen: Set[str], scripts: Set[str]) -> None:
    """Raises `SchemaTooNew` where it has seen what this version does not have."""
    if newer := seen - scripts:
        raise SchemaTooNew(max(newer))


def refuse_another(seen: Set[str], scripts: Set[str], where: object) -> None:
    """Raises `SchemaTooNew`, or `SchemaTooOld` where it lacks something; `where` it is, as told."""
    refuse_newer(seen, scripts)
    if not seen:
        raise SchemaTooOld(said("no server has used it yet: {path}", path=where))
    if missing := scripts - seen:
        raise SchemaTooOld(
            said(
                "the database has not seen {script}: start the server of this version once, or use"
                " the older inspect",
                script=min(missing),
            )
        )
