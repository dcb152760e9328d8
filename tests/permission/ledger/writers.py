"""Writers that run as processes of their own."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from countenance.permission.ledger import Ledger, Witness
from countenance.permission.ledger.kinds import body_text
from countenance.permission.ledger.usage import Usage


def body(writer: int, number: int) -> dict[str, str]:
    """Names its writer and its number."""
    return {"what": "take", "sha256": f"{writer:032x}{number:032x}", "why": "asked"}


def append(address: str, witness: str, writer: str, count: str) -> None:
    """Append so many entries, one by one, and say each as it is done."""
    with Ledger(address, Witness(Path(witness))) as ledger:
        for number in range(int(count)):
            entry = ledger.append("deletion", body(int(writer), number))
            print(entry.seq, entry.hash, flush=True)


def hang(address: str, witness: str) -> None:
    """Take the lock, insert an entry, and never commit."""

    def stay(connection: object) -> list[tuple[str, str]]:
        del connection
        print("locked", flush=True)
        time.sleep(60)
        return [("deletion", body_text("deletion", body(9, 9)))]

    with Ledger(address, Witness(Path(witness))) as ledger:
        ledger.transact(stay)


def reserve(address: str, witness: str, grant: str, times: str, tries: str) -> None:
    """Try to use a grant so many times; say how often it went."""
    from countenance.errors import PermissionRefused

    got = 0
    with Ledger(address, Witness(Path(witness))) as ledger:
        for number in range(int(tries)):
            permit = {
                "permit": f"{time.time_ns():024x}{number:08x}",
                "grant": grant,
                "grant_sha256": "ab" * 32,
                "kind": "subject",
                "use": "animate",
                "inputs": {"source": "cd" * 32},
                "expires": 2_000_000_000,
            }
            try:
                Usage(ledger).reserve(permit, times=int(times), since=None)
                got += 1
            except PermissionRefused:
                pass
    print(got, flush=True)


if __name__ == "__main__":
    {"append": append, "hang": hang, "reserve": reserve}[sys.argv[1]](*sys.argv[2:])
