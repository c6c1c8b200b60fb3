"""Certificates of the tests' own: an authority, and servers' certificates that are right, expired, for another name..."""

import datetime
import functools
import ipaddress
import pathlib
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    def __init__(self, name="Test authority"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ca-"))
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), _name(name)
        self.certificate = self._sign(self.name, self.key.public_key(), -1, 30, [(x509.BasicConstraints(True, None), True)])
        self.file = self.folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public, begin, end, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(self.name, subject, public, x509.random_serial_number())
        builder = builder.not_valid_before(now + datetime.timedelta(days=begin)).not_valid_after(now + datetime.timedelta(days=end))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def files(self, names=("localhost", "127.0.0.1", "::1"), begin=-1, end=10, stem="server"):
        """Paths of a certificate and its key. `begin` and `end` are days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        extensions = [(x509.SubjectAlternativeName([_alternative(n) for n in names]), False), (x509.BasicConstraints(False, None), True)]
        certificate = self._sign(_name(names[0]), key.public_key(), begin, end, extensions)
        paths = self.folder / f"{stem}.pem", self.folder / f"{stem}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].touch(0o600)
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return paths

    def server(self, **how):
        """An ssl.SSLContext for a played server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.files(**how))
        return context

    def client(self):
        """An ssl.SSLContext that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.file))


@functools.cache
def authority():
    return Authority()


@functools.cache
def stranger():
    """An authority that nobody was told of."""
    return Authority("Some other authority")
