"""Which certificates to trust, and which to show: the configuration's and the environment's."""

from __future__ import annotations

from airflow_client.client.exceptions import ApiValueError
from airflow_client.client.transport import NOT_HTTPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from airflow_client.client.configuration import Configuration


def context(configuration: Configuration) -> ssl.SSLContext:
    """A context for all connections.

    :raises ApiValueError: a file cannot be used.
    """
    import ssl

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = configuration.verify_ssl and configuration.assert_hostname is not False
    made.verify_mode = ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE
    made.set_alpn_protocols(["http/1.1"])
    load_certificates(made, configuration)
    return made


def load_certificates(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Load what ``configuration`` names into ``context``; it takes tens of milliseconds.

    :raises ApiValueError: a file cannot be used.
    """
    import os
    import ssl
    from pathlib import Path

    given = configuration.ssl_ca_cert or os.environ.get("REQUESTS_CA_BUNDLE") or None
    try:
        if not configuration.verify_ssl:
            pass
        elif given is None:
            context.load_default_certs()  # the system's, or SSL_CERT_FILE and SSL_CERT_DIR
        elif Path(given).is_dir():
            context.load_verify_locations(capath=given)
        else:
            context.load_verify_locations(cafile=given)
        if configuration.cert_file is not None:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ApiValueError(
            f"a certificate file of the configuration cannot be used (ssl_ca_cert={given!r}, "
            f"cert_file={configuration.cert_file!r}, key_file={configuration.key_file!r}): {error}"
        ) from error


def hint(error: BaseException) -> str:
    """What to change, by the reason OpenSSL gives for not accepting the certificate (X509_V_ERR_…)."""
    code = getattr(error, "verify_code", None)
    if code in (62, 64) or "doesn't match" in str(error):
        return "the certificate is for another name: check Configuration(host=…), or set assert_hostname"
    if code == 10:
        return "the certificate has expired (or the clock is wrong)"
    if code is not None:
        return "the certificate's authority is not trusted: set Configuration(ssl_ca_cert=FILE), or SSL_CERT_FILE"
    if "alert" in str(error).lower():
        return "the server refused the handshake: it may require a client certificate (cert_file, key_file)"
    return NOT_HTTPS
