"""TLS of an embedded server: a certificate authority of its own, and a certificate for the server."""

from __future__ import annotations

import ssl
import tempfile
import weakref
from importlib import import_module
from pathlib import Path


class Tls:
    """Certificate of a server, made by trustme.

    :param host: address on which the server listens.
    :ivar context: settings of TLS for the server.
    :ivar ca_file: path of the authority's certificate; the file is deleted with this object.
    :raises ImportError: trustme is not installed.
    """

    def __init__(self, host: str) -> None:
        try:
            trustme = import_module("trustme")
        except ImportError as error:
            raise ImportError("tls=True needs trustme: pip install 'trustme>=1'") from error
        authority = trustme.CA()
        self.context: ssl.SSLContext = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*{host, "localhost", "127.0.0.1", "::1"}).configure_cert(self.context)
        directory = tempfile.TemporaryDirectory(prefix="airflow-testing-")
        weakref.finalize(self, directory.cleanup)
        self.ca_file: str = str(Path(directory.name, "ca.pem"))
        authority.cert_pem.write_to_path(self.ca_file)
