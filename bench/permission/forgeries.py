"""Forged and damaged grants: each is made from an honest one, by a hand that lacks the signer's key or bends its words.

A forgery that an attacker signs with a key of their own is a well-formed grant; what must stop it is the policy. A
damaged one must fall at the signature or the form.
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.permission.people import ADA, DAY, FACE, MALLORY, PUBLISHED, STUDIO, Said, b64, compact, honest, someone
from countenance.permission.did import encode_did
from countenance.permission.signed_grant import TYPE

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LETTERS = "A АΑᎪ𝐀|a аɑ𝐚|o оοօ|e еｅ|c сϲ|p рρ|L ⅬᏞ|v ѵν|d ԁⅾ|i іı"
HIDDEN = "\u200b\u200d\u202e\u2066\u00ad\u034f\ufeff\u0301\u00a0\u3164\ufe0f\u2800"
LOOKS = dict(pair.split() for pair in _LETTERS.split("|"))


@dataclass(frozen=True)
class Forgery:
    """A grant that must not be taken.

    Attributes:
        text: the compact JWS.
        use, face: what it is tried for, and with which template at hand.
        age: seconds after its making at which it is tried.
    """

    text: str
    use: str = "animate"
    face: str = FACE
    age: int = 0


Forge = Callable[[random.Random, Said, str], Forgery]


def bit_flip(dice: random.Random, _: Said, text: str) -> Forgery:
    """One to eight bits of the file."""
    data = bytearray(text.encode())
    for _k in range(dice.choice([1, 1, 1, 2, 8])):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    if bytes(data) == text.encode():
        data[0] ^= 1
    return Forgery(data.decode("latin-1"))


def letters(dice: random.Random, _: Said, text: str) -> Forgery:
    """Letters replaced, dropped, doubled or exchanged, within base64url."""
    k = dice.randrange(len(text) - 1)
    changed = [
        text[:k] + dice.choice(BASE64) + text[k + 1 :],
        text[:k] + text[k + 1 :],
        text[:k] + text[k] + text[k:],
        text[:k] + text[k + 1] + text[k] + text[k + 2 :],
        text[:k],
        text + dice.choice(BASE64),
    ][dice.randrange(6)]
    return Forgery(changed if changed != text else "." + text)


def spelling(dice: random.Random, _: Said, text: str) -> Forgery:
    """The same bytes, spelt otherwise."""
    head, body, signature = text.split(".")
    loose = BASE64[BASE64.index(signature[-1]) + dice.randint(1, 3)] if signature[-1] in "AQgw" else "B"
    middle, space = dice.randrange(1, len(body)), dice.choice(" \n\t")
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 2**252 + 27742317777372353535851937790883648493
    high = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    return Forgery(
        dice.choice(
            [
                f"{head}.{body}.{signature}{'=' * dice.randint(1, 2)}",
                f"{head}.{body}.{signature[:-1]}{loose}",
                f"{head}.{body[:middle]}{space}{body[middle:]}.{signature}",
                f"{head}.{body}.{b64(high)}",
                f"{head}.{body}.{signature}.",
                f"{head}..{signature}",
                f"{head}.{body}.{signature}".replace("-", "+").replace("_", "/") + "\x00",
            ]
        )
    )


def widened(dice: random.Random, said: Said, text: str) -> Forgery:
    """The content changed, the old signature kept."""
    head, _, signature = text.split(".")
    path, value, use = dice.choice(
        [
            (("scope", "uses"), ["animate", "swap"], "swap"),
            (("scope", "times"), 10**6, "animate"),
            (("exp",), said["exp"] + dice.randint(1, DAY * 999), "animate"),
            (("likeness", "faces"), ["ab" * 32], "animate"),
            (("grantee", "name"), "Studio South", "animate"),
            (("jti",), f"{dice.getrandbits(128):032x}", "animate"),
        ]
    )
    changed = json.loads(json.dumps(said))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return Forgery(f"{head}.{b64(json.dumps(changed).encode())}.{signature}", use)


def swapped_key(dice: random.Random, said: Said, text: str) -> Forgery:
    """Signed by a stranger, or by somebody known for their own face, under every arrangement of names."""
    by = dice.choice([MALLORY, PUBLISHED, STUDIO, someone("Stranger", dice.randrange(10, 10**6))])
    changed = json.loads(json.dumps(said))
    wrong = dice.randrange(4)
    if wrong == 0:  # Ada's words, another's signature
        return Forgery(compact(changed, by, {"alg": "EdDSA", "kid": ADA.identity.did, "typ": TYPE}))
    if wrong == 1:  # another's key id
        return Forgery(compact(changed, by))
    changed["iss"] = changed["signer"]["did"] = changed["subject"]["did"] = by.identity.did
    if wrong == 2:  # all of it in Ada's name, with another key
        return Forgery(compact(changed, by))
    head, body, _ = compact(changed, by).split(".")
    return Forgery(f"{head}.{body}.{text.split('.')[2]}")  # Ada's signature under another's words


def algorithm(dice: random.Random, said: Said, text: str) -> Forgery:
    """`none`, HMAC with the public key, and headers that bring their own key or rules."""
    body = b64(json.dumps(said).encode())
    name = dice.choice(
        ["none", "None", "nOnE", "HS256", "HS384", "HS512", "RS256", "ES256", "Ed448", "EdDSA ", "", 0, None]
    )
    header: Said = {"alg": name, "kid": ADA.identity.did, "typ": TYPE}
    if dice.random() < 0.4:
        x = b64(MALLORY.key.public_key().public_bytes_raw())
        extra = dice.choice(
            [
                {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}},
                {"jku": "https://mallory.example/k"},
                {"crit": ["exp"]},
                {"crit": []},
                {"b64": False, "crit": ["b64"]},
                {"x5c": [x]},
                {"zip": "DEF"},
            ]
        )
        header = {"alg": "EdDSA", "kid": ADA.identity.did, "typ": TYPE, **extra}
        return Forgery(compact(said, MALLORY, header))
    head = b64(json.dumps(header).encode())
    secret = dice.choice([ADA.key.public_key().public_bytes_raw(), ADA.identity.did.encode(), b"", b"secret"])
    tag = hmac.new(secret, f"{head}.{body}".encode(), dice.choice(["sha256", "sha512"])).digest()
    return Forgery(f"{head}.{body}.{dice.choice(['', b64(tag), text.split('.')[2]])}")


def weak_key(dice: random.Random, said: Said, _: str) -> Forgery:
    """Keys for which anybody can sign, and did:key texts that are not the one spelling."""
    p = 2**255 - 19
    torsion = 2707385501144840649318225287225658788936804267575313519463743609750303402022
    y = dice.choice([0, 1, p - 1, torsion, p - torsion, p, p + 1])
    did = dice.choice(
        [encode_did((y | dice.getrandbits(1) << 255).to_bytes(32, "little")), ADA.identity.did + "1", "did:key:z"]
    )
    changed = json.loads(json.dumps(said))
    changed["iss"] = changed["signer"]["did"] = changed["subject"]["did"] = did
    head = b64(json.dumps({"alg": "EdDSA", "kid": did, "typ": TYPE}).encode())
    easy = (1).to_bytes(32, "little") + bytes(32)  # R the neutral point, S = 0: holds for the neutral key
    return Forgery(f"{head}.{b64(json.dumps(changed).encode())}.{b64(dice.choice([easy, bytes(64)]))}")


def dated(dice: random.Random, said: Said, _: str) -> Forgery:
    """Ada's own signature, at the wrong time: future-dated, not begun, expired, too long, upside down."""
    now, later = said["iat"] + 60, dice.randint(600, 10**6)
    dates = dice.choice(
        [
            {"iat": now + later},
            {"nbf": now + later},
            {"iat": now - 2 * later, "nbf": now - 2 * later, "exp": now - later},
            {"exp": now + 40 * 366 * DAY},
            {"exp": said["nbf"] - later},
            {"exp": dice.choice([1e300, -1, str(now + DAY), True, 10**40])},
        ]
    )
    return Forgery(compact({**said, **dates}, ADA))


def replayed(dice: random.Random, said: Said, text: str) -> Forgery:
    """An honest grant where it does not hold: too late, for another use, another face, or given to somebody else."""
    wrong = dice.randrange(4)
    if wrong == 0:
        return Forgery(text, age=366 * DAY + dice.randrange(10**7))
    if wrong == 1:
        return Forgery(text, use=dice.choice(["dub", "swap", "train", "live", "double", "persona", "Animate", ""]))
    if wrong == 2:
        return Forgery(text, face=f"{dice.getrandbits(256):064x}")
    to = someone("Another Studio", dice.randrange(10, 10**6))
    changed = {**said, "aud": to.identity.did, "grantee": {"name": "Studio North", "did": to.identity.did}}
    return Forgery(compact(changed, ADA))


def lookalike(dice: random.Random, said: Said, _: str) -> Forgery:
    """Names that look like Ada's, signed by a key that is known under another name, or hidden letters in Ada's own."""
    name = list("Ada Lovelace")
    hidden = dice.random() < 0.4
    if hidden:
        name.insert(
            dice.randrange(1, len(name)),
            dice.choice(HIDDEN),
        )
    else:
        spots = [k for k, letter in enumerate(name) if letter in LOOKS]
        for k in dice.sample(spots, dice.randint(1, len(spots))):
            name[k] = dice.choice(LOOKS[name[k]])
    by = ADA if hidden else dice.choice([MALLORY, PUBLISHED])
    changed = json.loads(json.dumps(said))
    changed["subject"] = {"name": "".join(name), "did": by.identity.did, "standing": "adult"}
    changed["signer"] = {"name": "".join(name), "did": by.identity.did}
    changed["iss"] = by.identity.did
    return Forgery(compact(changed, by))


def oversized(dice: random.Random, said: Said, text: str) -> Forgery:
    """Too long, too deep, too many."""
    deep = b"[" * dice.randint(2_000, 16_000)
    many = {**said, "likeness": {**said["likeness"], "faces": [f"{k:064x}" for k in range(17 + dice.randrange(200))]}}
    long = {**said, "scope": {**said["scope"], "limits": ["x" * dice.randint(201, 9_000)]}}
    return Forgery(
        dice.choice(
            [
                compact(deep, ADA),
                compact({**said, "padding": "x" * dice.randint(1, 10**6)}, ADA),
                compact(many, ADA),
                compact(long, ADA),
                text + "A" * dice.randint(25_000, 10**6),
            ]
        )
    )


def bent(dice: random.Random, said: Said, _: str) -> Forgery:
    """JSON that readers take differently, or values of another type; all signed by Ada's key."""
    body = json.dumps(said)
    trap = dice.choice(
        [
            body.replace('"kind": "subject"', '"kind": "subject", "kind": "self"'),
            body.replace('"uses": ["animate"]', '"uses": ["animate"], "uses": ["swap"]'),
            body.replace('"voice": false', '"voice": 0'),
            body.replace('"voice": false', '"Voice": true'),
            body.replace('["film"]', '"film"'),
            body.replace('"adult", "pictures"', '"adult\\u0000", "pictures"'),
            body.replace("Ada Lovelace", "\\ud800da Lovelace"),
            body.replace('"exp": ', '"exp": -'),
            body.replace('"exp": ', '"exp": NaN, "x": '),
            "\ufeff" + body,
            body + " {}",
            body[:-1],
            "null",
            f"[{body}]",
            body.replace('"standing": "adult"', '"standing": "minor"'),
            body.replace('"jti"', '"extra": 1, "jti"'),
            body.replace('"languages": ["en"]', '"languages": ["en"], "__proto__": {}'),
        ]
    )
    return Forgery(compact(trap.encode("utf-8", "surrogatepass"), ADA))


FORGES: dict[str, Forge] = {
    "bit flips": bit_flip,
    "letters": letters,
    "other spelling": spelling,
    "widened": widened,
    "swapped keys": swapped_key,
    "alg confusion": algorithm,
    "weak keys": weak_key,
    "wrong dates": dated,
    "replayed": replayed,
    "look-alikes": lookalike,
    "oversized": oversized,
    "bent JSON": bent,
}


def forgeries(count: int, seed: int = 1) -> Iterator[tuple[str, Forgery]]:
    """`count` of each sort, the same for a seed but for the clock."""
    now = int(time.time())
    dice = random.Random(seed)
    for name, forge in FORGES.items():
        for _ in range(count):
            said = honest(now, dice.getrandbits(64))
            yield name, forge(dice, said, compact(said, ADA))
