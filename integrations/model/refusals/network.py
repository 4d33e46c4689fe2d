"""Why there is no connection to a service, named by what the operator has to mend."""

import re
import ssl
from http.client import BadStatusLine
from socket import gaierror
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError, ProxyError, ProxySchemeUnknown, ReadTimeoutError

from integrations import causes
from integrations.model.errors import ModelError, ModelSilent, StreamCut
from integrations.model.unreachable import (
    CaBundleMissing,
    CertificateForAnother,
    CertificateNotTrusted,
    ModelUnreachable,
    NameNotFound,
    NoTlsThere,
    PortRefused,
    ProxyFailed,
    ProxyWantsPassword,
)

OTHER_NAME = (62, 64)  # of OpenSSL's verify codes: the host's name, its address
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
WANTS_PASSWORD = re.compile(r"\b407\b|authentication (?:failed|methods)")
OF_A_PROXY = (
    ProxyError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidProxyURL,
    ProxySchemeUnknown,
)
SOCKS = "socks"  # the module whose errors `requests` does not make its own
TLS_ALERT = "\\x15\\x03"  # as a status line that is none is shown


def address(url: str) -> str:
    """A URL as it may be shown: without a user, a password and a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def named_after(exc: Exception, *, answering: bool) -> ModelError:
    """The error for what a library raised; `answering`: the service had begun to answer."""
    name = type(exc).__name__
    if isinstance(exc, ReadTimeoutError | requests.ReadTimeout):
        return ModelSilent(name)
    found = list(causes(exc))
    if answering:
        return StreamCut(name)
    kind = next((kind for cause in found if (kind := _kind(cause))), ModelUnreachable)
    if kind is ProxyFailed and any(WANTS_PASSWORD.search(str(cause)) for cause in found):
        kind = ProxyWantsPassword
    return kind(type(found[-1]).__name__)


def _kind(cause: BaseException) -> type[ModelError] | None:
    if isinstance(cause, OF_A_PROXY) or type(cause).__module__ == SOCKS:
        return ProxyFailed
    if isinstance(cause, ssl.SSLCertVerificationError):
        other = cause.verify_code in OTHER_NAME
        return CertificateForAnother if other else CertificateNotTrusted
    if isinstance(cause, ssl.SSLError):
        if str(cause.reason) in NO_TLS:
            return NoTlsThere
        return CaBundleMissing if "X509" in str(cause) else None
    if isinstance(cause, NameResolutionError | gaierror):
        return NameNotFound
    if isinstance(cause, ConnectionRefusedError):
        return PortRefused
    if isinstance(cause, BadStatusLine) and TLS_ALERT in repr(cause):
        return NoTlsThere
    missing = type(cause) is OSError and "CA certificate bundle" in str(cause)
    return CaBundleMissing if missing or isinstance(cause, FileNotFoundError) else None
