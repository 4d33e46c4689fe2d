"""Why there is no connection to a model's service: a branch of the errors in `errors`."""

from integrations.model.errors import ModelError
from settings.language import Sentence


class ModelUnreachable(ModelError):
    """There is no connection to the service."""

    retryable = True
    advice = Sentence("check this machine's network and openai.base_url")


class NameNotFound(ModelUnreachable):
    """The host's name is unknown to DNS."""

    advice = Sentence(
        "no such host: correct the name in openai.base_url, or mend this machine's DNS"
    )


class PortRefused(ModelUnreachable):
    """Nobody listens there."""

    advice = Sentence(
        "nobody listens there: start the service, or correct the port in openai.base_url"
    )


class CertificateNotTrusted(ModelUnreachable):
    """The certificate is signed by nobody whom this machine trusts, or is out of date."""

    retryable = False
    advice = Sentence(
        "put the service's CA into a file and name it in REQUESTS_CA_BUNDLE, or renew it there"
    )


class CertificateForAnother(ModelUnreachable):
    """The certificate belongs to another host."""

    retryable = False
    advice = Sentence(
        "the certificate is another host's: use the name it stands for in openai.base_url"
    )


class NoTlsThere(ModelUnreachable):
    """TLS was spoken to something that does not, or the other way round."""

    retryable = False
    advice = Sentence(
        "one side speaks TLS and the other not: change https to http in openai.base_url, or back"
    )


class CaBundleMissing(ModelUnreachable):
    """The file of trusted certificates cannot be read."""

    retryable = False
    advice = Sentence(
        "the file named by REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE is missing: correct or unset it"
    )


class ProxyFailed(ModelUnreachable):
    """The proxy of the environment does not let us through."""

    advice = Sentence("the proxy does not work: correct HTTPS_PROXY, or add the host to NO_PROXY")


class ProxyWantsPassword(ProxyFailed):
    """The proxy of the environment lets nobody through without a name and a password."""

    retryable = False
    advice = Sentence(
        "the proxy wants a name and a password: HTTPS_PROXY=http://name:password@host:port"
    )
