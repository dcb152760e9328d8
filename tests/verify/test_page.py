"""The page in a real browser: by mouse, by keyboard, as a screen reader hears it, in every language.

Needs the extra `browser` (playwright) and Debian's chromium, or another one that CHROMIUM names.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image

from countenance.verify.service import Service, create_app
from countenance.verify.service.sandbox import ResourceLimits
from countenance.verify.words import LANGUAGES, words
from tests.verify.conftest import House
from tests.verify.copies import changed

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is missing: pip install 'countenance[browser]'"
)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing: apt-get install chromium")
LIMIT = 4 << 20
PATIENCE = 60_000  # milliseconds; a loaded machine is slow


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(house.settings, Service(max_bytes=LIMIT, allowance=ResourceLimits(seconds=40)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    opened.goto(address)
    yield opened
    context.close()
    assert [one for one in problems if "status of 4" not in one] == []


@pytest.fixture(scope="module")
def copy(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("copies") / "mirrored.mp4"
    return changed(house.clip.path, path, lambda pixels: pixels[:, ::-1])


def answer_of(page: Any) -> str:
    page.wait_for_selector("#answer .answer")
    return str(page.inner_text("#answer .answer"))


def test_a_file_is_chosen(page: Any, copy: Path) -> None:
    page.set_input_files("#file", str(copy))
    said = answer_of(page)
    assert "mirrored.mp4" in said and "Made with AI by" in said and "mirrored and re-encoded" in said
    assert page.locator("#answer figure svg image").count() == 1 and page.locator("#answer .grid-line").count() > 2
    assert page.evaluate("document.activeElement.id") == "answer", "the answer is where reading goes on"
    page.click("#again")
    assert page.is_visible("#drop") and page.inner_text("#answer") == ""


def test_a_file_is_dropped(page: Any, house: House) -> None:
    data = page.evaluate_handle(
        """async ([bytes, name]) => {
            const given = new DataTransfer();
            given.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            return given;
        }""",
        [list(house.still.path.read_bytes()), "dropped.png"],
    )
    page.dispatch_event("#drop", "dragenter", {"dataTransfer": data})
    assert "over" in page.get_attribute("#drop", "class")
    page.dispatch_event("#drop", "drop", {"dataTransfer": data})
    assert "exactly as it left" in answer_of(page)


def test_by_keyboard_alone(page: Any, copy: Path) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if seen[-1] == "file":
            break
    assert seen[-1] == "file", seen
    outline = page.evaluate("getComputedStyle(document.querySelector('#drop')).outlineStyle")
    assert outline != "none", "where the keyboard is can be seen"
    chosen: list[Any] = []
    page.on("filechooser", lambda window: chosen.append(window))
    for _ in range(10):  # the browser lets a loaded machine wait before it opens its window
        page.keyboard.press("Space")
        page.wait_for_timeout(1000)
        if chosen:
            break
    chosen[0].set_files(str(copy))
    assert "Made with AI by" in answer_of(page)
    page.focus("#again")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "file"


def test_a_link_by_keyboard_and_its_refusal(page: Any) -> None:
    page.fill("#url", "http://127.0.0.1/clip.mp4")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")
    assert "not on the public internet" in page.inner_text("#problem")
    assert page.get_attribute("#problem", "role") == "alert" and page.is_visible("#drop")


def test_too_large_is_said_before_it_is_sent(page: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(b"\0" * (LIMIT + 1))
    page.set_input_files("#file", str(large))
    page.wait_for_selector("#problem:not([hidden])")
    assert "larger than 4 MB" in page.inner_text("#problem")


def test_it_can_be_cancelled(page: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (420, 420, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    page.set_input_files("#file", str(tmp_path / "noise.png"))
    page.click("#cancel")
    page.wait_for_function("document.querySelector('#status').textContent === 'Cancelled.'")
    page.wait_for_timeout(300)
    assert page.is_visible("#drop") and page.inner_text("#answer") == ""


def test_what_a_screen_reader_hears(page: Any) -> None:
    tree = page.locator("body").aria_snapshot()
    for line in (
        "banner",
        'navigation "Language"',
        "main",
        'heading "Was this made with AI, and was it allowed?" [level=1]',
        'textbox "Or paste a link to a file"',
        'button "Look at it"',
        "status",
        "contentinfo",
    ):
        assert line in tree, f"{line}\n{tree}"
    assert page.get_by_label("Drop a file here").get_attribute("type") == "file"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language(page: Any, address: str, house: House, language: str) -> None:
    page.goto(f"{address}/?lang={language}")
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text("h1") == words(language)["page"]["heading"]
    assert page.locator("nav a[aria-current]").get_attribute("lang") == language
    page.set_input_files("#file", str(house.still.path))
    assert words(language)["exact"].lower() in answer_of(page).lower()
    assert page.locator("#answer h2").last.inner_text() == words(language)["label"]["file"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(page: Any, house: House, scheme: str) -> None:
    """Contrast of at least 4.5 : 1 (WCAG 2.2 AA) wherever there is text, and nothing wider than a phone."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.set_input_files("#file", str(house.still.path))
    answer_of(page)
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    poor = page.evaluate(
        """() => {
            const channel = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
            const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
            const parsed = text => (text.match(/[\\d.]+/g) || []).map(Number);
            const behind = node => {
                for (; node; node = node.parentElement) {
                    const c = parsed(getComputedStyle(node).backgroundColor);
                    if (c.length === 3 || c[3] === 1) return c;
                }
                return [255, 255, 255];
            };
            const poor = [];
            for (const node of document.querySelectorAll("body *")) {
                const own = [...node.childNodes].some(one => one.nodeType === 3 && one.textContent.trim());
                if (!own || !node.getClientRects().length || node.closest(".skip")) continue;
                const [a, b] = [light(parsed(getComputedStyle(node).color)), light(behind(node))];
                const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                if (ratio < 4.5) poor.push([node.tagName, node.textContent.trim().slice(0, 30), ratio]);
            }
            return poor;
        }"""
    )
    assert poor == []
