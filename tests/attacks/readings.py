"""What careless programs make of a path and of a URL: several readings, since programs differ. A simulation's server acts
on all of them."""

import ipaddress
import posixpath
import re
import unicodedata
import urllib.parse


def path_readings(text, base):
    """Absolute paths that some program would open."""
    found = set()
    for decoded in (text, urllib.parse.unquote(text), urllib.parse.unquote(urllib.parse.unquote(text))):
        for plain in (decoded, decoded.split("\u0000")[0], decoded.replace("\u0000", ""), unicodedata.normalize("NFKC", decoded)):
            for slashes in (plain, plain.replace("\\", "/")):
                path = slashes.strip()
                path = path.removeprefix("file://")
                found.add(posixpath.normpath("/" + posixpath.join(base, path).lstrip("/")))
    return found


def url_readings(text):
    """Hosts, lower-case, that some program would connect to."""
    found = set()
    cleaned = re.sub(r"[\t\r\n]", "", text.strip(" \u0000")).replace("\\", "/")
    if match := re.match(r"(?:[a-z][a-z0-9+.-]*:)?/*([^/?#]*)", cleaned, re.I):  # as browsers do
        found.add(match.group(1).rpartition("@")[2])
    try:
        found.add(urllib.parse.urlsplit(text).netloc.rpartition("@")[2])  # as Python does
    except ValueError:
        pass
    return {_host(h) for h in found} - {""}


def leads_to(url, domain):
    """Whether some program would connect to a host of the domain."""
    return any(host == domain or host.endswith("." + domain) for host in url_readings(url))


def _host(authority):
    host = unicodedata.normalize("NFKC", urllib.parse.unquote(authority)).replace("\u3002", ".")
    host = re.sub(r":\d*$", "", host).rstrip(".").casefold()
    return _address(host) or host


def _address(host):
    """An IPv4 address in any spelling, as dotted numbers."""
    try:
        if host.startswith("["):
            mapped = ipaddress.IPv6Address(host.strip("[]")).ipv4_mapped
            return str(mapped) if mapped else None
        parts = [int(p, 0) if not re.fullmatch(r"0[0-7]+", p) else int(p, 8) for p in host.split(".")]
        if not 1 <= len(parts) <= 4:
            return None
        number = 0
        for part in parts[:-1]:
            number = number << 8 | part
        number = number << 8 * (5 - len(parts)) | parts[-1]
        return str(ipaddress.IPv4Address(number))
    except ValueError:
        return None
