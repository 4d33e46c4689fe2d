"""Whether a push comes from one of WeChat's own addresses (protocol sheet 6).

The list is asked for in the background: once a day, and where somebody signs from an address not in
it. The last good one is kept: a request never waits for it, and a failure locks nobody out.
"""

import time
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

import gevent

from fsm import events
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import WeChatError
from service.http.connection import ip_of
from settings.announcements import Level, announce
from settings.language import said
from store import addresses
from store.database import Database
from store.errors import StoreError

DAY = 24 * 3600.0
AGAIN = 600.0  # seconds after a failure
SOONEST = 60.0  # seconds from one time to the next
CALL_SECONDS = 20.0

Network = IPv4Network | IPv6Network


class Addresses:
    """WeChat's own addresses. Without a list everybody is let through, with a warning.

    WeChat is asked for them at the start and once a day. `proxies` are the addresses, or ranges, of
    those whose `X-Forwarded-For` is believed.
    """

    name = "addresses"
    first_after = 0.0

    def __init__(
        self, db: Database, api: WeChatApi, account: str = "", *, proxies: Iterable[str]
    ) -> None:
        self._account = account or None
        self._db = db
        self._api = api
        self._proxies = parsed(proxies)
        self._networks = parsed(db.read(addresses.known))
        self._not_before = 0.0  # on the monotonic clock: when WeChat may be asked once more
        self._asking: gevent.Greenlet[[], float] | None = None
        if not self._networks:
            self._no_addresses(said("not asked yet: everybody is let through"))

    def run_once(self) -> float:
        """Ask, and tell what came of it. Returns the seconds until the next time."""
        self._not_before = time.monotonic() + SOONEST
        try:
            self.refresh()
        except WeChatError as error:
            self._not_before = time.monotonic() + max(SOONEST, error.rest_seconds)
            self._no_addresses(str(error), "error", advice=error.advice)
            return max(AGAIN, error.rest_seconds)
        except StoreError as error:
            events.not_saved(error)
            return AGAIN
        return DAY

    def let_in(self, peer: str, forwarded_for: str) -> bool:
        """Whether a request is WeChat's, by the address it came from and `X-Forwarded-For`."""
        return self.are_wechats(client_address(peer, forwarded_for, self._proxies))

    def stranger(self, peer: str, forwarded_for: str) -> str:
        """What the operator is to know of somebody who is not let in."""
        address = client_address(peer, forwarded_for, self._proxies)
        shown = ip_of(address) or said("what is no address")
        return said(
            "{address} is not WeChat's: is it a proxy of yours? then see server.trusted_proxies",
            address=shown,
        )

    def look_again(self) -> bool:
        """Have WeChat asked now, unless it was asked a moment ago; the caller does not wait for it.

        Returns whether it is being asked.
        """
        if time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + SOONEST
            self._asking = gevent.spawn(self.run_once)
        return self._asking is not None and not self._asking.ready()

    def are_wechats(self, address: str) -> bool:
        """Whether WeChat pushes from this address, an IPv4 or IPv6 one."""
        return not self._networks or is_in(address, self._networks)

    def refresh(self) -> None:
        """Ask WeChat and keep what it says. Raises `WeChatError`, `StoreError`."""
        listed = self._api.callback_addresses(deadline=time.monotonic() + CALL_SECONDS)
        networks = parsed(listed)
        if not networks:
            self._no_addresses(said("the list is empty: the last one is kept"))
            return
        self._networks = networks
        self._db.write(addresses.replace, [str(network) for network in networks])
        announce("addresses", account=self._account, networks=len(networks))

    def _no_addresses(
        self, reason: str, level: Level = "warning", *, advice: str | None = None
    ) -> None:
        announce("no_addresses", level, account=self._account, reason=reason, advice=advice)


def parsed(listed: Iterable[str]) -> list[Network]:
    """Each entry is an address or a range, of IPv4 or IPv6; what is neither is left out."""
    networks: list[Network] = []
    for entry in listed:
        try:
            networks.append(ip_network(entry.strip(), strict=False))
        except ValueError:
            announce("odd_address", "warning", length=len(entry))
    return networks


def client_address(peer: str, forwarded_for: str, trusted: list[Network]) -> str:
    """Who really asks: `peer`, or where that is a trusted proxy, whom the last such proxy names.

    `forwarded_for` is the value of `X-Forwarded-For`: each proxy adds the address it was called
    from at the right end, and what stands left of the first untrusted one is hearsay.
    """
    chain = [*(_bare(part) for part in forwarded_for.split(",") if part.strip()), peer]
    while len(chain) > 1 and is_in(chain[-1], trusted):
        chain.pop()
    return chain[-1]


def _bare(written: str) -> str:
    """An address without what some proxies write around it: a port, brackets, quotes."""
    address = written.strip().strip('"')
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def is_in(address: str, networks: list[Network]) -> bool:
    """Whether one of the networks has this address; what is no address is in none."""
    ip = ip_of(address)
    return ip is not None and any(ip in network for network in networks)
