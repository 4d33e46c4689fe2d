"""One account, wired: all that is its own. What accounts share stands in `service.wiring`."""

from dataclasses import dataclass

from fsm.accounts import Accounts
from fsm.arriving import Arriving
from fsm.commands.table import Commands
from fsm.leases import Leases
from fsm.limits import Limiter
from fsm.offer import Offer
from fsm.original_ids import OriginalIds
from fsm.other_processes import OtherProcesses
from fsm.overload import Overload
from fsm.served import Audio, Served
from fsm.steps import Steps
from fsm.tries import Tries
from fsm.voice.deletions import Deletions
from fsm.voice.hearing import Hearing
from fsm.voice.pronouncing import Pronouncing
from fsm.voice.speaking import Speaking
from fsm.window import Window
from fsm.worker import Worker
from integrations.wechat.freshness import Freshness
from service import clients, own_files, safety
from service.addresses import Addresses
from service.background import BackgroundPart
from service.clock_by_pushes import ClockByPushes, clocks
from service.rereading import Rereading
from service.safe_mode import SafeMode
from service.token_shelf import StoredToken
from service.webhook import Webhook
from settings.requirements import hears, judges_pronunciation
from settings.schema import Settings
from store.database import Database
from store.processes import Process

PRONOUNCED_WITHIN = 0.6  # of the first try: so long an answer may wait for its last line


@dataclass(frozen=True)
class ProcessParts:
    """What all accounts of a process have in common."""

    db: Database
    process: Process
    window: Window
    rereading: Rereading
    accounts: Accounts
    worker: Worker
    other_processes: OtherProcesses
    leases: Leases
    overload: Overload
    served: frozenset[str]  # the names of all
    tell_at_once: bool  # of what is doubtful in the operator's files; else it has been told


class Account:
    """The parts of an account, as its settings say. Raises `StoreError`, `SettingsError`.

    It is to be served once the rereading has begun.
    """

    def __init__(self, settings: Settings, shared: ProcessParts) -> None:
        self.settings = settings = settings.but(texts=dict(settings.texts.linked()))
        self.name = settings.account
        self._shared, db = shared, shared.db
        self.models = clients.models(db, settings)
        self.api = clients.wechat_api(
            settings,
            StoredToken(db, settings.wechat.appid, settings.wechat.api_base),
            lambda: db.clock(),
        )
        self.speech = clients.speech(settings)
        self._served = self._what_is_served()
        self.pronouncing = self._pronouncing()
        self.steps = Steps(db, self._served, self.models, self._audio())
        shared.accounts.add(self.name, self.steps)
        proxies = settings.server.trusted_proxies
        checked = self.api if settings.wechat.ip_detection else None
        self.addresses = Addresses(db, checked, self.name, proxies=proxies) if checked else None
        self.deletions = Deletions(db, self.api, shared.process, self.name) if self.api else None
        freshness = Freshness(clocks(db))
        self.clock = ClockByPushes(db, freshness, shared.process.host, self.name)
        self.tries = self._tries()
        self.webhook = self._webhook(freshness)

    def _what_is_served(self) -> Served:
        settings, shared = self.settings, self._shared
        offer = Offer.of(settings)
        commands = Commands(offer)
        judge = safety.judge(
            settings,
            shared.rereading,
            safety.Judged(shared.db, settings).tell,
            then=own_files.doubting_lists(self.name),
        )
        commands.fixed = own_files.fixed_answers(
            settings, commands, shared.rereading, tell_at_once=shared.tell_at_once
        )
        return Served(offer, commands, judge, shared.window)

    def _pronouncing(self) -> Pronouncing | None:
        if not (judges_pronunciation(self.settings) and self.speech and self.api):
            return None
        return Pronouncing(
            self._shared.db,
            self.speech,
            self.api,
            self._shared.process,
            self._served.offer,
            patience=PRONOUNCED_WITHIN * self._shared.window.try_seconds,
        )

    def _audio(self) -> Audio:
        settings, served = self.settings, self._served
        ears = (self.speech, self.api) if hears(settings) else (None, None)
        speaking = None
        if settings.azure.trans_to_voice and self.speech and self.api:
            db, personas = self._shared.db, served.offer.personas
            speaking = Speaking(db, self.speech, self.api, settings, personas, served.judge)
        return Audio(Hearing(*ears, self.name), speaking, self.pronouncing)

    def _tries(self) -> Tries:
        settings, served, shared = self.settings, self._served, self._shared
        door = safety.door(settings, shared.rereading)
        limiter = Limiter(served, hears=hears(settings), door=door)
        arriving = Arriving(shared.worker, shared.process, shared.leases, served, limiter)
        ids = OriginalIds(shared.db, self.name, shared.served)
        others, overload = shared.other_processes, shared.overload
        return Tries(shared.db, served, door, arriving, others, overload, ids)

    def _webhook(self, freshness: Freshness) -> Webhook:
        settings, db = self.settings, self._shared.db
        safe_mode = SafeMode(db, self.name, declared=settings.wechat.encryption == "safe")
        return Webhook(
            self.tries,
            clients.admission(settings, freshness, safe_mode.holds),
            lambda: db.clock(),
            self.addresses,
            safe_mode.seen,
            self.clock.tell,
            settings.server.trusted_proxies,
            self.name,
        )

    def parts(self) -> list[BackgroundPart]:
        """What it has in the background."""
        return [part for part in (self.addresses, self.deletions, self.pronouncing) if part]

    def end_tries(self, seconds: float) -> None:
        """Let the tries that are open end, at most so long, and then end them."""
        self.tries.wait_until_all_ended(seconds)
        self.tries.close()

    def close(self) -> None:
        """Let go of the services outside."""
        for model in self.models:
            model.service.close()
        if self.speech:
            self.speech.close()
