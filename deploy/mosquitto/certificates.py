"""Certificates of the broker's small authority: itself, the server, devices, and the list of those revoked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

AUTHORITY_LASTS = timedelta(days=3652)
LASTS = timedelta(days=825)
"""Of a server's or a device's: what clients at most accept of a server's."""
SLACK = timedelta(minutes=5)
"""A certificate is valid from a little before it is made: clocks of devices differ."""
LONGEST_NAME = 64
"""X.509's bound of a common name."""


class Certified(Struct, frozen=True):
    """A certificate and its private key, in PEM."""

    certificate: str
    key: str

    @property
    def serial(self) -> int:
        return x509.load_pem_x509_certificate(self.certificate.encode()).serial_number


class Revoked(Struct, frozen=True):
    serial: str
    """In hexadecimal: it is longer than a JSON number may be."""
    at: datetime


def ends(certificate: str) -> datetime:
    """When a PEM certificate ends."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


def authority(now: datetime) -> Certified:
    """A new authority, which signs certificates and revocations and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("vigie broker authority")
    whole = (
        _begun(name, name, key.public_key(), now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _in_pem(whole, key)


def for_server(by: Certified, hosts: Iterable[str], now: datetime) -> Certified:
    """For a server that is reached by these names and addresses."""
    names = [_general(host) for host in hosts]
    return _signed(by, "mosquitto", ExtendedKeyUsageOID.SERVER_AUTH, now, x509.SubjectAlternativeName(names))


def for_device(by: Certified, name: str, now: datetime) -> Certified:
    """For a client, which the broker then knows by its common name."""
    return _signed(by, name, ExtendedKeyUsageOID.CLIENT_AUTH, now)


def revocations(by: Certified, revoked: Iterable[Revoked], now: datetime) -> str:
    """The list of those revoked, in PEM. It lasts as long as the authority: one that ended would bar everybody."""
    certificate, key = _loaded(by)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(now - SLACK)
        .next_update(certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(one.at)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _signed(
    by: Certified, name: str, use: x509.ObjectIdentifier, now: datetime, *more: x509.ExtensionType
) -> Certified:
    issuer, signing_key = _loaded(by)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _begun(_named(name), issuer.subject, key.public_key(), now, LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return _in_pem(builder.sign(signing_key, hashes.SHA256()), key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _in_pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certified:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certified(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def _loaded(by: Certified) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = serialization.load_pem_private_key(by.key.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("found another kind of key, expected the authority's own")
    return x509.load_pem_x509_certificate(by.certificate.encode()), key
