"""Finding signing certificates in a file's or a manifest store's bytes. What is found proves nothing yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature

_SEQUENCE = b"\x30\x82"  # DER, with a length of two bytes
_LONGEST, _MOST, _NEAR = 8192, 4, 32768


def signers_in(data: bytes, serial: str) -> Iterator[tuple[x509.Certificate, x509.Certificate]]:
    """Certificates with this serial number (decimal), each with one nearby that surely issued it."""
    if not serial.isdecimal():
        return
    number = int(serial)
    wanted = number.to_bytes(max(1, number.bit_length() // 8 + 1), "big")
    at, tried = -1, 0
    while tried < _MOST and (at := data.find(wanted, at + 1)) >= 0:
        for start in range(max(0, at - 40), at):
            leaf = _certificate_at(data, start)
            if leaf is None or leaf.serial_number != number:
                continue
            tried += 1
            for issuer in _certificates(data[max(0, start - _NEAR) : start + _NEAR]):
                if issuer.subject == leaf.issuer and _issued(leaf, issuer):
                    yield leaf, issuer
                    break
            break


def _certificates(data: bytes) -> Iterator[x509.Certificate]:
    at = -1
    while (at := data.find(_SEQUENCE, at + 1)) >= 0:
        found = _certificate_at(data, at)
        if found is not None:
            yield found


def _certificate_at(data: bytes, start: int) -> x509.Certificate | None:
    if data[start : start + 2] != _SEQUENCE or data[start + 4 : start + 6] != _SEQUENCE:
        return None
    length = 4 + int.from_bytes(data[start + 2 : start + 4], "big")
    if length > _LONGEST:
        return None
    try:
        return x509.load_der_x509_certificate(data[start : start + length])
    except ValueError:
        return None


def _issued(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def joined_segments(data: bytes) -> bytes:
    """What a JPEG carries in its APP11 segments, one after the other: manifests are cut into pieces of 64 kB."""
    at, parts = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xEB:
            body = data[at + 4 : at + 2 + length]
            number = int.from_bytes(body[4:8], "big")
            parts.append(body[8:] if number <= 1 else body[16:])  # each repeats the box's header
        at += 2 + max(2, length)
    return b"".join(parts)
