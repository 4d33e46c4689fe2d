"""The service that judges texts: it is asked about a harmless one."""

import time
from collections.abc import Iterator

from integrations.moderation.moderations import ModerationFailed
from service import safety
from service.checks.finding import Finding, doubt, failed, fine
from service.checks.subject import Subject
from settings.language import said
from settings.schema import Settings

HARMLESS = "你好。"


def judge(subject: Subject) -> Iterator[Finding]:
    """What is found of the service that judges an account's texts."""
    yield from judge_of(subject.settings)


def judge_of(settings: Settings) -> Iterator[Finding]:
    """What is found of the service of these settings; nothing where there is none."""
    if not settings.moderation.service_url:
        return
    what, began = said("moderation"), time.monotonic()
    service = safety.service(settings.moderation)
    try:
        categories = service.flagged(HARMLESS)
    except ModerationFailed as error:
        yield failed(what, error, error.advice)
    else:
        took = time.monotonic() - began
        if categories:
            found = said("it flags {text} for {why}", text=HARMLESS, why=categories)
            yield doubt(what, found, said("try another moderation.service_model"))
        else:
            yield fine(what, said("a text judged in {took:.1f} s", took=took))
    finally:
        service.close()
