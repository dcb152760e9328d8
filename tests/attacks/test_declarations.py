"""Attack: a living person's picture or voice, declared to be a public-domain work. What the words, the file or this
home's own records speak against is refused; the rest is the maker's word, and told in those words."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from countenance.errors import PermissionRefused
from countenance.face.identity import template_of_still
from countenance.face.subject import PictureSubject, VoiceSubject
from countenance.media.source import Source
from countenance.permission.declaration_checks import Traces, check_declaration, traces_of
from countenance.permission.grant_claim import Records
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring
from countenance.permission.policy import authorise
from countenance.permission.reviews import Reviews
from countenance.permission.templates import TemplateStore
from countenance.permission.works import PublicDomainClaim
from countenance.permission.years import latest_year
from tests.media.heic import write_heic
from tests.portraits import eileen_collins, grace_hopper

YEAR = datetime.now(UTC).year
parse = PublicDomainClaim.parse


def code(text: str, basis: str | None = None, **more: Any) -> str:
    with pytest.raises(PermissionRefused) as caught:
        parse(text, basis, **more)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "latest"),
    [
        ("c. 1503", 1503), ("1503-06", 1506), ("1503–1519", 1519), ("1800/2026", 2026), ("1800 - 2026", 2026),
        ("1800 or 2026", 2026), ("1899-02", 1902), ("19th century", 1900), ("late 19th century", 1900),
        ("17.–18. Jahrhundert", 1800), ("c. 210 BC", -210), ("2nd century BC", -101), ("210-190 BC", -190),
        ("1890s", 1899), ("the 1800s", 1899), ("before 1900", 1900), ("after 1900", None), ("AD 79", 79), ("79 AD", 79),
        ("May 1890", 1890), ("12/05/1890", 1890), ("1503 (restored 2010)", 2010), ("500 BC - 2020", 2020),
        ("someday", None), ("20/26", None),
    ],
)  # fmt: skip
def test_the_latest_year_counts(written: str, latest: int | None) -> None:
    assert latest_year(written) == latest


def test_words_that_cannot_be_right() -> None:
    assert code("A Portrait, anonymous, 1800/2026") == "permission.claim"
    assert code("A Portrait, anonymous, after 1900") == "permission.claim"
    assert code("Mona Lisa, Leonardo da Vinci, 1920") == "permission.claim"  # he had died
    assert code("A Head, Somebody (1850–1880), 1890") == "permission.claim"
    assert code("A photograph of a lady, anonymous, 1503") == "permission.claim"
    assert code("Nighthawks (nobody), Edward Hopper, 1942", "author-dead-70") == "permission.claim"  # says who?
    assert code("Mona\u202eLisa, Leonardo da Vinci, 1503") == "permission.claim"
    assert parse("Self-portrait, Vincent van Gogh, 1889").author_died is None
    assert parse("after the Mona Lisa, workshop of Leonardo da Vinci, 1530").year == 1530


def test_the_heirs_of_the_dead_are_asked_in_trade() -> None:
    text, basis = f"A Singer (1920–{YEAR - 45}), official photograph, 1960", "us-government-work"
    assert parse(text, basis).purposes == ("art", "education", "museum", "personal", "research")
    assert parse(text, basis, purpose="museum")
    assert code(text, basis, purpose="advertising") == "permission.living"
    for places in (("DK",), ("US",), ("FR",), ("worldwide",), ()):
        assert code(text, basis, purpose="film", territories=places) == "permission.living"
    assert (
        code(f"A Singer (1920–{YEAR - 29}), official photograph, 1960", basis, purpose="museum") == "permission.living"
    )
    danish = f"A Singer (1920–{YEAR - 55}), official photograph, 1960"
    assert parse(danish, basis, purpose="film", territories=("DK",))
    assert code(danish, basis, purpose="film", territories=("DK", "US")) == "permission.living"
    assert code("A Lady, photograph, anonymous, 1900", purpose="product") == "permission.living"  # a child then?
    assert parse("A Lady (1801–1880), photograph, anonymous, 1870", purpose="product")
    assert parse("Mona Lisa, Leonardo da Vinci, c. 1503", purpose="advertising")


def saved(path: Path, image: Image.Image, **tags: Any) -> Source:
    exif = Image.Exif()
    details = {}
    for name, value in tags.items():
        match name:
            case "make":
                exif[0x010F] = value
            case "model":
                exif[0x0110] = value
            case "taken":
                details[0x9003] = value
            case "lens":
                details[0xA434] = value
    exif.get_ifd(0x8769).update(details)
    image.save(path, exif=exif, quality=90)
    return Source.pin(path)


@pytest.fixture
def grey() -> Image.Image:
    return ImageOps.grayscale(Image.fromarray(grace_hopper().pixels)).convert("RGB")


def contradicted(claim: PublicDomainClaim, source: Source) -> bool:
    try:
        check_declaration(claim, traces_of(source))
    except PermissionRefused as error:
        assert error.code == "permission.contradicted" and error.remedy
        return True
    return False


def test_dates_and_cameras_in_the_file(tmp_path: Path, grey: Image.Image) -> None:
    old = parse("A Lady, photograph, anonymous, 1890")
    art = parse("Mona Lisa, Leonardo da Vinci, c. 1503")
    phone = {"make": "Apple", "model": "iPhone 15", "taken": "2024:05:01 10:00:00"}
    picture = saved(tmp_path / "a.jpg", grey, **phone)
    assert contradicted(old, picture)
    assert not contradicted(art, picture)  # a visitor photographs the painting
    [told] = check_declaration(art, traces_of(picture))
    assert "iPhone" in told and "2024" in told and "reproduction" in told
    assert contradicted(art, saved(tmp_path / "b.jpg", grey, **phone, lens="iPhone 15 front camera 2.69mm f/1.9"))
    assert not contradicted(
        old, saved(tmp_path / "c.jpg", grey, make="EPSON", model="Perfection V850", taken="2015:01:01 1")
    )
    assert not contradicted(old, saved(tmp_path / "d.jpg", grey))


def test_colour_before_there_was_colour(tmp_path: Path, grey: Image.Image) -> None:
    colour = saved(tmp_path / "c.jpg", Image.fromarray(grace_hopper().pixels))
    sepia = saved(tmp_path / "s.jpg", ImageOps.colorize(grey.convert("L"), "#201008", "#f0e0b0", mid="#907040"))
    assert contradicted(parse("A Lady, photograph, anonymous, 1890"), colour)
    assert not contradicted(parse("A Lady, photograph, anonymous, 1890"), sepia)
    assert not contradicted(parse("A Lady, oil on canvas, anonymous, 1890"), colour)
    by_hand = parse("A Lady, photograph, hand-coloured, anonymous, 1890")
    [told] = check_declaration(by_hand, traces_of(colour))
    assert "coloured" in told


def test_colours_are_looked_at_as_they_are_drawn(tmp_path: Path) -> None:
    """In a telephone's format too, which the reader of dates and cameras does not know."""
    heic = tmp_path / "a.heic"
    write_heic(heic, np.ascontiguousarray(grace_hopper().pixels[:320, :256]))
    assert contradicted(parse("A Lady, photograph, anonymous, 1890"), Source.pin(heic))


def test_xmp_that_names_a_generative_model(tmp_path: Path, grey: Image.Image) -> None:
    path = tmp_path / "g.jpg"
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:Description photoshop:DateCreated="2025-01-01" '
        b'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
        b"</x:xmpmeta>"
    )
    grey.save(path, xmp=xmp)
    traces = traces_of(Source.pin(path))
    assert traces.source_type == "trainedAlgorithmicMedia" and traces.captured == (2025,)
    assert contradicted(parse("Mona Lisa, Leonardo da Vinci, c. 1503"), Source.pin(path))
    assert not contradicted(parse("A face (nobody), a model, 2025", "cc0"), Source.pin(path))


def test_what_is_no_picture_is_not_looked_at(tmp_path: Path) -> None:
    for name, data in {
        "a.jpg": b"\xff\xd8\xff\xe1\x00\x10Exif\0\0II*\0" + b"\xff" * 99,
        "b.png": b"no",
        "c.mp4": b"\0" * 64,
    }.items():
        (tmp_path / name).write_bytes(data)
        assert traces_of(Source.pin(tmp_path / name)) == Traces()


def records(folder: Path, store: TemplateStore | None = None) -> Records:
    return Records(frozenset(), KnownIssuers(folder / "issuers.json", ()), Reviews(folder / "reviews"), faces=store)


def test_a_face_that_a_grant_here_names_is_in_no_public_domain(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path / "faces", Keyring(tmp_path / "identities", "").vault)
    path = tmp_path / "grace.png"
    Image.fromarray(grace_hopper().pixels).save(path)
    claim = parse("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    subjects = {"source": PictureSubject(Source.pin(path))}

    def ask() -> Any:
        return authorise(use="animate", subjects=subjects, claims={"source": claim}, records=records(tmp_path, store))

    collins = eileen_collins()
    store.keep(template_of_still(collins.pixels, collins.face))
    permit = ask()
    [one] = permit.assurances
    assert (one.role, one.kind, one.level, one.attested_by) == ("shown", "public-domain", "maker", "")
    assert one.statement == "Grace Hopper (1906–1992), US Navy photograph, 1984"
    hopper = grace_hopper()
    store.keep(template_of_still(hopper.pixels, hopper.face))
    with pytest.raises(PermissionRefused) as caught:
        ask()
    assert caught.value.code == "permission.named_face"


def test_a_picture_in_the_public_domain_lends_no_voice(tmp_path: Path) -> None:
    picture, sound = tmp_path / "grace.png", tmp_path / "living.wav"
    Image.fromarray(grace_hopper().pixels).save(picture)
    sound.write_bytes(b"RIFF" + bytes(range(200)))
    subjects = {"source": PictureSubject(Source.pin(picture)), "voice": VoiceSubject(Source.pin(sound))}
    work = parse("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    free = "cc0"
    marble = parse("A marble head (nobody), a museum, 1900")
    for voice in (work, marble):
        with pytest.raises(PermissionRefused) as caught:
            authorise(use="speak", subjects=subjects, claims={"source": work, "voice": voice})
        assert caught.value.code == "permission.voice"
    own = parse("A speech (1850–1920), phonograph recording, 1905", free)
    permit = authorise(use="speak", subjects=subjects, claims={"source": work, "voice": own})
    assert [(one.role, one.statement) for one in permit.assurances] == [
        ("shown", work.statement), ("voice", own.statement)
    ]  # fmt: skip
    assert code("A speech, phonograph recording, 2020", free) == "permission.living"


def test_the_claim_stands_in_words_in_permit_ledger_and_seal(tmp_path: Path) -> None:
    from dataclasses import replace

    from countenance.permission.ledger.kinds import body_text
    from countenance.permission.ledger.records import permit_body

    path = tmp_path / "grace.png"
    Image.fromarray(np.asarray(grace_hopper().pixels)).save(path)
    claim = parse("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    permit = authorise(use="animate", subjects={"source": PictureSubject(Source.pin(path))}, claims={"source": claim})
    assert claim.statement in body_text("permit", permit_body(permit))
    assert permit.grant_hash == claim.hash == hashlib.sha256(claim.document.encode()).hexdigest()
    better = replace(permit, assurances=(replace(permit.assurances[0], level="authority"),))
    with pytest.raises(PermissionRefused) as caught:
        better.require("animate", permit.inputs)
    assert caught.value.code == "permission.forged"


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16", "1"])
def test_pictures_of_any_mode_are_read(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "any.tif"
    Image.new(mode, (40, 40)).save(path)
    assert traces_of(Source.pin(path)).colourful == 0
