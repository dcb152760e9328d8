"""`countenance ledger`, signed roots, proofs and exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from countenance.cli import app
from countenance.errors import BadDocument, CountenanceError, HomeWrong, PermissionRefused
from countenance.permission.keyring import Keyring
from countenance.permission.ledger import Ledger, Witness
from countenance.permission.ledger.ledger_export import export_ledger, verify_export
from countenance.permission.ledger.merkle import consistent
from countenance.permission.ledger.roots import proof_holds, proof_of, read_root, sign_root
from countenance.settings import default_settings
from tests.permission.people import ADA

SIZE = 25
GRANT = "5" * 32


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *map(str, arguments)])


def ok(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(*arguments: object) -> CountenanceError:
    result = run(*arguments)
    assert isinstance(result.exception, CountenanceError), result.output
    return result.exception


def body(number: int) -> dict[str, Any]:
    return {"what": "template", "sha256": f"{number:064x}", "why": "asked", "grant": GRANT}


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger.open(default_settings())
    ledger.append_all([("deletion", body(number)) for number in range(SIZE)])
    return ledger


def cut(ledger: Ledger, size: int) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(text(f"DELETE FROM entries WHERE seq > {size}"))


def test_no_ledger_is_begun_by_asking(own_home: Path) -> None:
    assert refused("verify").code == "ledger.missing"
    assert not list(own_home.iterdir())


def test_a_good_ledger_verifies(ledger: Ledger) -> None:
    assert "25 entries, all in order; held against what was known at 25" in ok("verify")
    said = json.loads(ok("verify", "--json"))
    assert said["good"] and said["size"] == SIZE and said["root"] == ledger.root().root


def test_a_cut_ledger_fails_with_its_own_status(ledger: Ledger) -> None:
    cut(ledger, 20)
    error = refused("verify")
    assert (error.code, error.exit_status) == ("ledger.broken", 8)
    result = run("verify", "--json")
    assert result.exit_code == 8
    assert json.loads(result.stdout)["findings"][0]["problem"] == "truncated"


def test_a_root_kept_elsewhere_shows_the_cut(ledger: Ledger, own_home: Path, tmp_path: Path) -> None:
    Keyring.at_home(default_settings()).make("Studio North")
    kept = tmp_path / "root.jwt"
    ok("root", "-o", kept)
    ledger.append("deletion", body(99))
    ok("verify", "--against", kept)
    cut(ledger, 20)
    ledger.close()
    assert "21 entries" not in run("verify").stdout and refused("verify").code == "ledger.broken"
    (own_home / "witness.sqlite").unlink()
    assert refused("verify").code == "ledger.broken"  # the home remembers it as well
    for name in ("home.json", "home.seen", "home.key"):
        (own_home / name).unlink()
    assert "20 entries, all in order" in ok("verify")
    assert refused("verify", "--against", kept).code == "ledger.broken"
    assert refused("root", "-o", kept).code == "output.exists"


def test_only_trusted_signers_roots_count(ledger: Ledger, tmp_path: Path) -> None:
    kept = tmp_path / "root.jwt"
    kept.write_text(sign_root(ledger, ADA).document.text)
    assert refused("verify", "--against", kept).code == "ledger.root_signer"
    ok("verify", "--against", kept, "--signer", ADA.identity.did)


@pytest.mark.usefixtures("ledger")
def test_a_root_of_another_ledger_is_not_held_against_this(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path / 'other.sqlite'}", Witness(tmp_path / "w.sqlite")) as other:
        other.append("deletion", body(1))
        (tmp_path / "root.jwt").write_text(sign_root(other, ADA).document.text)
    assert refused("verify", "--against", tmp_path / "root.jwt", "--signer", ADA.identity.did).code == "input.option"


def test_a_changed_root_is_refused(ledger: Ledger) -> None:
    head, payload, signature = sign_root(ledger, ADA).document.text.split(".")
    with pytest.raises(PermissionRefused):
        read_root(f"{head}.{payload[:-4]}AAAA.{signature}")


@pytest.mark.usefixtures("ledger")
def test_entries_are_shown() -> None:
    assert len(ok("show").splitlines()) == 20
    assert len(ok("show", "--last", 3, "--grant", GRANT).splitlines()) == 3
    assert ok("show", "--grant", "6" * 32) == ""
    (entry,) = json.loads(ok("show", 7, "--json"))["entries"]
    assert entry["seq"] == 7 and entry["body"] == body(6)
    assert refused("show", 26).code == "ledger.entry"
    assert refused("show", "--kind", "note").code == "input.option"


def test_a_proof_convinces_without_the_ledger(ledger: Ledger) -> None:
    root = sign_root(ledger, ADA).statement
    proof = json.loads(ok("show", 7, "--proof"))
    assert proof_holds(proof, root)
    forged = json.loads(json.dumps(proof))
    forged["entry"]["body"]["why"] = "revoked"
    assert not proof_holds(forged, root)
    assert not proof_holds(proof | {"ledger": "0" * 32}, root)
    assert not proof_holds(proof_of(ledger, 8) | {"proof": proof["proof"]}, root)
    assert not proof_holds({}, root)


def test_two_roots_are_shown_to_be_of_one_ledger(ledger: Ledger) -> None:
    old = ledger.root(11)
    said = json.loads(ok("root", "--json", "--since", 11))
    path = [bytes.fromhex(node) for node in said["consistency"]]
    assert consistent(11, bytes.fromhex(old.root), said["size"], bytes.fromhex(said["root"]), path)


def test_an_export_is_checked_like_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    ok("export", "-o", file)
    assert ok("export") == file.read_text()
    report = verify_export(file, [ledger.root()])
    assert report.good and report.size == SIZE and report.root == ledger.root().root
    assert "25 entries, all in order" in ok("verify", "--file", file)
    lines = file.read_text().splitlines()
    for changed, problem in (
        ([*lines[:5], lines[5].replace("asked", "expired"), *lines[6:]], "altered"),
        ([*lines[:5], *lines[6:]], "missing"),
        ([*lines[:5], lines[6], lines[5], *lines[7:]], "missing"),
        ([*lines, "{}"], "foreign"),
        ([*lines[:5], "nonsense", *lines[6:]], "foreign"),
    ):
        file.write_text("\n".join(changed) + "\n")
        assert problem in {finding.problem for finding in verify_export(file).findings}
    file.write_text("\n".join(lines[:20]) + "\n")
    assert verify_export(file).good
    assert verify_export(file, [ledger.root()]).findings[0].problem == "truncated"
    file.write_text("{}\n")
    with pytest.raises(BadDocument):
        verify_export(file)


def test_an_export_leaves_nothing_half_written(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(CountenanceError):
        export_ledger(ledger, tmp_path / "missing" / "ledger.jsonl")


def test_files_under_a_grant_are_listed(ledger: Ledger) -> None:
    said = {"permit": "1" * 32, "grant": GRANT, "grant_sha256": "a" * 64, "use": "animate", "outcome": "done"}
    ledger.append("render", said | {"file_sha256": "b" * 64, "media_type": "video/mp4"})
    listed = json.loads(ok("files", GRANT, "--json"))
    assert [file["file_sha256"] for file in listed["files"]] == ["b" * 64]
    assert "sha256:bbbb" in ok("files", GRANT)


def test_a_loss_is_accepted_by_name(ledger: Ledger, own_home: Path) -> None:
    Keyring.at_home(default_settings()).make("Studio North")
    assert refused("accept-loss").code == "ledger.no_loss"
    ledger.close()
    for file in own_home.glob("ledger.sqlite*"):
        file.unlink()
    assert refused("verify").code == "ledger.missing"
    with pytest.raises(HomeWrong) as caught:
        Ledger.open(default_settings())
    assert caught.value.code == "ledger.gone"
    said = json.loads(ok("accept-loss", "--json"))
    assert (said["seq"], said["kind"], said["body"]["lost"]) == (1, "loss", SIZE)
    assert "one entry" not in ok("verify") and "lost=25" in ok("show")


def test_a_home_tells_where_its_records_lie_and_moves_them(ledger: Ledger, own_home: Path, tmp_path: Path) -> None:
    ledger.close()
    address = f"sqlite:///{tmp_path / 'team.sqlite'}"

    def home(*arguments: object) -> str:
        result = CliRunner().invoke(app, ["home", *map(str, arguments)])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    assert json.loads(home("show", "--json"))["ledger"] == f"sqlite:///{own_home / 'ledger.sqlite'}"
    assert json.loads(home("move", "--ledger", address, "--json")) == {"entries": SIZE}
    assert json.loads(home("show", "--json"))["ledger"] == address and address in home("show")
    with Ledger.open(default_settings()) as moved:
        moved.append("deletion", body(99))
    assert "26 entries, all in order; held against what was known at 26" in ok("verify")
