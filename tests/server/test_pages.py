"""The pages in a real browser: the way of a new user, consent on a phone, and nothing that axe complains about.

Needs Chromium, and the page built (`make page`); skipped without either.
"""
# ruff: noqa: E402

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import data

playwright = pytest.importorskip("playwright.sync_api")

import countenance
from countenance.server import words
from countenance.server.places import sample
from tests.likeness.material import clip_of
from tests.server.conftest import ANIMATE, Running
from tests.server.test_campaigns import unasked
from tests.server.test_consent import ASK, judge
from tests.server.test_likenesses import kept

ROOT = Path(__file__).parents[2]
AXE = ROOT / "page" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BUILT = (Path(countenance.__file__).parent / "server" / "static" / "index.html").is_file()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
    pytest.mark.skipif(not BUILT, reason="the page is not built"),
]
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WAIT = 240_000  # milliseconds


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = running.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Callable[..., Any]]:
    """A fresh browser window; what goes wrong in it, or is said by scripts that should not run, fails the test."""
    contexts, wrong = [], []

    def fresh(size: dict[str, int] = WIDE, **more: Any) -> Any:
        context = chromium.new_context(viewport=size, locale=more.pop("locale", "en-GB"), **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("dialog", lambda box: wrong.append(f"dialog {box.message}") or box.dismiss())
        return page

    yield fresh
    for context in contexts:
        context.close()
    assert not wrong


def complaints(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA and good practice, and whether anything is wider than the window."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in page/")
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.html)])")
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    return [f"{name}: {nodes[:2]}" for name, nodes in found] + (["wider than the window"] if wide else [])


def signed_in(page: Any, studio: Running, where: str = "") -> Any:
    page.goto(f"{studio.url}/#ticket={studio.context.access.ticket()}")
    page.wait_for_selector("h1")
    assert "ticket" not in page.url
    if where:
        page.goto(f"{studio.url}/#/{where}")
    return page


def test_every_language_says_everything() -> None:
    folder = Path(words.__file__).parent
    said = {code: json.loads((folder / f"{code}.json").read_text("utf-8")) for code in words.LANGUAGES}
    for code, texts in said.items():
        assert texts.keys() == said["en"].keys(), code
        for key, text in texts.items():
            holes = [{part.split("}")[0] for part in one.split("{")[1:]} for one in (text, said["en"][key])]
            assert holes[0] == holes[1] and text.strip(), (code, key)


def test_from_a_cold_start_to_a_result(making: Callable[..., Running], tab: Callable[..., Any]) -> None:
    """Grace Hopper is there, a preview is drawn, and one click makes a marked film with its verdict."""
    studio = making("countenance.server.jobs.making:make", warm=True)
    page = signed_in(tab(), studio)
    page.wait_for_selector("button.face[aria-pressed=true]")
    page.wait_for_selector(".preview img")
    assert not complaints(page)
    page.get_by_role("button", name="Make it").click()
    page.wait_for_selector("video.result")
    page.wait_for_selector("section.answer")
    assert "public-domain work" in page.inner_text("section.answer")
    assert not complaints(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    assert Path(coming.value.path()).read_bytes()[4:8] == b"ftyp"
    page.goto(f"{studio.url}/#/renders")
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    page.get_by_text("Deleted for good.").wait_for()
    assert page.locator(".rows > li").count() == 0


def test_a_film_is_given_new_words(studio: Running, tab: Callable[..., Any], tmp_path: Path) -> None:
    """Its person's permission is asked for; subtitles are read into the page, where they can be edited."""
    film = clip_of(tmp_path / "film.mp4", [np.asarray(data.astronaut())] * 4)
    subtitles = tmp_path / "said.srt"
    subtitles.write_text("1\n00:00:00,200 --> 00:00:02,600\nGood morning.\n")
    page = signed_in(tab(PHONE), studio)
    page.set_input_files("#file", film)
    page.wait_for_selector(".portrait video")
    page.wait_for_selector("button.face[aria-pressed=true]")
    page.set_input_files("#subtitles", subtitles)
    page.get_by_text("With the times of said.srt").wait_for()
    assert "Good morning." in page.input_value("textarea")
    assert page.get_by_label("Somebody signed a permission").is_checked()
    assert page.get_by_role("button", name="Make it").is_disabled(), "nobody has signed"
    assert not complaints(page)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["de-DE", "ar-EG"])
def test_nothing_for_axe_to_complain_about(
    studio: Running, tab: Callable[..., Any], size: dict[str, int], scheme: str, locale: str
) -> None:
    client = studio.client()
    client.ask("POST", "/v1/requests", json=ASK | {"subject": "<img src=x onerror=alert(1)>"})
    job = client.create(
        {
            "recipe": "animate",
            "source": "sample:grace-hopper",
            "title": "<script>alert(1)</script>",
            "right": {"kind": "public-domain", "work": "Mona Lisa, Leonardo da Vinci, c. 1503"},
        }
    )
    client.act(job.id, "cancel")
    page = signed_in(tab(size, color_scheme=scheme, locale=locale), studio)
    page.wait_for_selector(".portrait img")
    found = {"make": complaints(page)}
    for where, there in (("renders", ".rows"), ("grants", ".rows h3"), ("ledger", ".rows")):
        page.goto(f"{studio.url}/#/{where}")
        page.locator(there).first.wait_for(state="attached")
        found[where] = complaints(page)
    assert not {where: said for where, said in found.items() if said}
    assert page.evaluate("document.documentElement.dir") == ("rtl" if locale == "ar-EG" else "ltr")


def test_a_campaign_for_people_from_a_table(studio: Running, tab: Callable[..., Any], tmp_path: Path) -> None:
    """A table is chosen, what is missing is told, a draft is proofread, and the rest is made: by keyboard too."""
    unasked(studio)
    table = tmp_path / "people.csv"
    table.write_text("name;product\n<b>Ada</b>;tea\nBea;\n")
    page = signed_in(tab(PHONE), studio, "campaigns/new")
    page.wait_for_selector(".card img")
    page.get_by_label("Title").fill("Spring <script>alert(1)</script>")
    page.get_by_label("What is said").fill("Hello {{name}}, your {{product}} is here.")
    page.set_input_files("#rows", table)
    page.get_by_text("people.csv").wait_for()
    page.get_by_label("9:16").check()
    assert not complaints(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Spring").wait_for()
    page.get_by_text("The words name {{product}}").wait_for()
    page.locator("td button").nth(3).wait_for()
    assert page.locator("td button").count() == 4 and not complaints(page)
    page.get_by_label("Add a language").select_option("es")
    page.get_by_role("button", name="Write it myself").click()
    page.get_by_text("A draft that nobody has read.").wait_for()
    page.locator("textarea[lang=es]").fill("Hola {{name}}, su {{product}}.")
    page.get_by_label("I have read it").check()
    page.locator("details:has(textarea[lang=es])").get_by_role("button", name="Save").click()
    page.get_by_text("A draft that nobody has read.").wait_for(state="detached")
    page.get_by_role("button", name="Check everything").click()
    page.get_by_text("4 × can be made").wait_for()
    page.get_by_role("button", name="Make the 4 that can be made").click()
    page.get_by_text("4 versions were put into the queue.").wait_for()
    assert not complaints(page)
    said = [job.spec["speech"]["text"] for job in studio.client().jobs()]
    assert sorted(said) == ["Hello <b>Ada</b>, your tea is here."] * 2 + ["Hola <b>Ada</b>, su tea."] * 2
    page.locator("td button").first.focus()
    page.keyboard.press("Enter")
    page.locator("#version").wait_for()
    assert page.evaluate("document.activeElement.id") == "version" and not complaints(page)


def test_a_result_is_shown_to_somebody_else(making: Callable[..., Running], tab: Callable[..., Any]) -> None:
    """They see the film, what it is, and what its maker chose to say; with the link ended, nothing."""
    studio = making("tests.server.makers:filed")
    studio.context.looks.verdict = lambda *_: {"verdict": {}, "html": '<section class="answer"><h2>Made</h2></section>'}
    client = studio.client()
    job = client.create(ANIMATE | {"title": "<img src=x onerror=alert(1)>"})
    client.wait(job.id)
    owner = signed_in(tab(), studio, "renders")
    owner.get_by_role("button", name="Show").click()
    owner.get_by_text("Show it to others").click()
    owner.get_by_label("Words for whoever opens it").fill("<b>Look</b>")
    owner.get_by_role("button", name="Make a link").click()
    link = owner.locator("details p.mono").inner_text()
    assert not complaints(owner)
    viewer = tab(PHONE, locale="ar-EG")
    viewer.goto(link)
    viewer.get_by_text("<b>Look</b>").wait_for()
    viewer.wait_for_selector("video")
    viewer.wait_for_selector("section.answer")
    assert viewer.locator("a[download]").count() == 1 and not complaints(viewer)
    owner.get_by_role("button", name="End this link").click()
    owner.get_by_text("Links that lead here").wait_for(state="detached")
    viewer.reload()
    viewer.get_by_role("alert").wait_for()
    assert viewer.locator("video").count() == 0


def test_a_likeness_is_deleted_with_a_receipt(studio: Running, tab: Callable[..., Any]) -> None:
    kept(studio)
    page = signed_in(tab(PHONE), studio, "likenesses")
    page.get_by_text("file missing").wait_for()
    assert not complaints(page)
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Save the receipt").click()
    receipt = json.loads(Path(coming.value.path()).read_text())
    assert receipt["deleted"][0]["what"] == "likeness" and receipt["proofs"]
    assert page.locator(".rows > li").count() == 0 and not complaints(page)


def test_without_a_ticket_nothing_is_shown(studio: Running, tab: Callable[..., Any]) -> None:
    page = tab()
    page.goto(studio.url)
    page.get_by_role("heading", name="Sign in").wait_for()
    assert not complaints(page)
    page.get_by_label("Link or ticket").fill(f"{studio.url}/#ticket={studio.context.access.ticket()}")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Bring a face to life").wait_for()


def test_choosing_by_keyboard(studio: Running, tab: Callable[..., Any], tmp_path: Path) -> None:
    page = signed_in(tab(), studio)
    page.wait_for_selector(".portrait img")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "motion":
            break
    page.keyboard.press("ArrowDown")
    page.get_by_label("What is said").wait_for()
    two = tmp_path / "<b>two.jpg"
    shutil.copy(sample("sample:grace-hopper"), two)
    page.set_input_files("#file", two)
    page.wait_for_selector("button.face")
    assert page.get_by_role("button", name="Make it").is_disabled(), "nothing says yet that it may be used"


@pytest.mark.parametrize("how", ["passkey", "device"])
def test_consent_on_a_phone(studio: Running, tab: Callable[..., Any], how: str) -> None:
    """The person unticks, shows themselves, signs with a key of their own, and takes it back with one touch."""
    studio.context.answering._look = lambda clip, token: judge(_good(clip), token)
    owner = signed_in(tab(), studio, "grants")
    owner.get_by_label("Whom").fill("Grace Hopper")
    owner.get_by_label("Who asks").fill("Studio North")
    for name in ("Film", "Museum"):
        owner.get_by_label(name, exact=True).check()
    owner.get_by_role("button", name="Make the link").click()
    link = owner.locator("p.mono").inner_text()
    assert owner.locator(".qr svg").count() == 1 and not complaints(owner)

    phone = tab(PHONE, has_touch=True, is_mobile=True)
    if how == "passkey":  # belongs to a name; Chromium plays the authenticator
        link = link.replace("127.0.0.1", "localhost")
        wires = phone.context.new_cdp_session(phone)
        wires.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        wires.send("WebAuthn.addVirtualAuthenticator", {"options": kind | {"isUserVerified": True}})
    phone.goto(link)
    phone.get_by_role("heading", name="Studio North asks for your face").wait_for()
    assert not complaints(phone)
    phone.get_by_label("Museum").uncheck()
    phone.get_by_label("For how many days").fill("30")
    phone.get_by_role("button", name="Switch the camera on").tap()
    phone.get_by_role("button", name="Start recording").tap()
    phone.get_by_text("Read aloud").wait_for()
    phone.get_by_text("That was you. Thank you.").wait_for()
    assert not complaints(phone)
    phone.get_by_role("button", name="I allow this").tap()
    phone.get_by_role("heading", name="You allowed this").wait_for()
    letters = phone.locator(".tokens").inner_text()
    assert not complaints(phone)

    owner.reload()
    assert owner.locator(".tokens").inner_text() == letters
    owner.get_by_label("How did you compare them?").fill("by telephone")
    owner.get_by_role("button", name="They are the same").click()
    owner.get_by_text("holds", exact=True).wait_for()
    [kept] = studio.context.grants.all()
    assert bool(kept.signed.document.origin) == (how == "passkey")
    assert kept.state == "good" and kept.signed.grant.scope.purposes == ("film",)
    assert (kept.signed.grant.ends - kept.signed.grant.begins) == 30 * 86400

    phone.reload()  # the key is on the device still
    phone.get_by_role("button", name="Take it back").tap()
    phone.get_by_role("dialog").get_by_role("button", name="Take it back").tap()
    phone.get_by_role("heading", name="You took it back").wait_for()
    assert studio.context.grants.all()[0].state == "revoked"


def test_saying_no_in_hindi(studio: Running, tab: Callable[..., Any]) -> None:
    made = studio.client().ask("POST", "/v1/requests", json=ASK | {"message": "<script>alert(1)</script>"}).json()
    phone = tab(PHONE, locale="hi-IN")
    phone.goto(made["link"])
    phone.get_by_role("button", name="मुझे यह नहीं चाहिए").click()
    phone.get_by_role("dialog").get_by_role("button", name="मुझे यह नहीं चाहिए").click()
    phone.get_by_role("heading", name="आपने मना किया").wait_for()
    assert not complaints(phone)


def _good(clip: Path) -> Path:
    """A recording that really came from the browser: it can be read, and is long enough."""
    from countenance.media.source import Source
    from countenance.media.video import open_video

    with open_video(Source.pin(clip)) as video:
        frames = sum(1 for _ in video.frames())
    assert frames > 50 and clip.stat().st_size > 10_000
    good = clip.with_name("good")
    good.write_bytes(b"good" + clip.read_bytes())
    return good
