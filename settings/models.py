"""The chain of models: each with its own settings over those of `openai:`."""

import re
from dataclasses import dataclass, field

from settings.schema import ModelService, ModelSettings, Settings

# These are meant for one address, and go to no other.
OF_THE_ADDRESS = ("api_keys", "extra_body", "extra_headers", "extra_query")
OWN = re.compile(rf"\bopenai\.({'|'.join(ModelService.model_fields)})\b")  # of each model
LONGEST_NAME = 60  # characters


@dataclass(frozen=True)
class Link:
    """One model. `calls`: how many of it at once, 0: as many as `limits.model_calls`.

    `place` is where it stands in the settings: "openai", "models[0]", "accounts[0].openai" ...
    """

    name: str
    service: ModelService = field(repr=False)
    calls: int = 0
    place: str = "openai"
    account: str = ""  # the name of the account, of several

    @property
    def identity(self) -> str:
        """What makes it this model and no other, whatever it is called here."""
        return f"{self.service.base_url} {self.service.model}"

    @property
    def keys_to(self) -> str:
        """What its keys belong to: a key of two models is two keys. "" of the only one."""
        return "" if self.place == "openai" else self.identity

    def advice(self, text: str) -> str:
        """What to do, with this model's place in the settings where `openai:` stands for it."""
        return text if self.place == "openai" else OWN.sub(rf"{self.place}.\1", text)


def chain(settings: Settings) -> tuple[Link, ...]:
    """The models in the order in which they are asked; without `models:` that of `openai:`."""
    openai = settings.openai
    if not settings.models:
        place = settings.place_of("openai")
        return (Link(_as_name(openai.model), openai, place=place, account=settings.account),)
    links: list[Link] = []
    for number, model in enumerate(settings.models):
        service = _over(openai, model)
        name = _other_than([link.name for link in links], model.name or _as_name(service.model))
        place = settings.place_of(f"models[{number}]")
        links.append(Link(name, service, model.calls, place, settings.account))
    return tuple(links)


def _over(openai: ModelService, model: ModelSettings) -> ModelService:
    """What the model gives stands over what `openai:` says; another address has its own keys."""
    names = ModelService.model_fields
    written = {name: getattr(model, name) for name in names if name in model.model_fields_set}
    inherited = {name: getattr(openai, name) for name in names}
    if written.get("base_url", openai.base_url) != openai.base_url:
        for name in OF_THE_ADDRESS:
            del inherited[name]
    return ModelService.model_construct(**inherited | written)


def _as_name(model: str) -> str:
    return re.sub(r"[\s;]+", "-", model)[:LONGEST_NAME]


def _other_than(names: list[str], name: str) -> str:
    number, numbered = 1, name
    while numbered in names:
        number += 1
        numbered = f"{name}-{number}"
    return numbered
