"""TLS is verified: against the certificates of this machine and those that a connection names, and never left out."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from crosswalk.errors import SystemFailure
from tests.engine.connectors.odata.scripted import Reply, one_after_the_other, running

DAY = timedelta(days=1)


def certificate(folder: Path, address: str, until: datetime) -> Path:
    """Write a certificate that signs itself, with its key, in one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")]),
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 30 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(written)
    return file


def served_with(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_the_connection_trusts_is_good(tmp_path: Path) -> None:
    file = certificate(tmp_path, "127.0.0.1", datetime.now(UTC) + DAY)
    with running(one_after_the_other(Reply()), served_with(file)) as server:
        assert server.system(ca_file=str(file)).session.send("GET", "orders").status == 200


@pytest.mark.parametrize(
    ("address", "ahead", "trusted"),
    [("127.0.0.1", DAY, False), ("127.0.0.2", DAY, True), ("127.0.0.1", -DAY, True)],
    ids=["signed by nobody known", "for another host", "out of date"],
)
def test_any_other_certificate_ends_the_talk(address: str, ahead: timedelta, trusted: bool, tmp_path: Path) -> None:
    file = certificate(tmp_path, address, datetime.now(UTC) + ahead)
    with running(one_after_the_other(Reply()), served_with(file)) as server:
        session = server.system(limits={"tries": "1"}, ca_file=str(file) if trusted else "").session
        with pytest.raises(SystemFailure, match="CERTIFICATE_VERIFY_FAILED"):
            session.send("GET", "orders")
    assert server.asked == []
