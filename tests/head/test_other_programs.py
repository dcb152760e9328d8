"""Heads in programs that are not ours: three-vrm in a browser, Khronos' validator. They are not installed with us:

npm install --prefix FOLDER three@0.187 @pixiv/three-vrm@3.5.5 gltf-validator@2.0.0-dev.3.10
COUNTENANCE_NODE_MODULES=FOLDER/node_modules python -m pytest -m soak tests/head/test_other_programs.py
"""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from countenance.head.export.visemes import PRESETS
from countenance.performance.authored import authored_performance
from countenance.performance.motion_files import write_animation
from tests.head.conftest import Made

MODULES = Path(os.environ.get("COUNTENANCE_NODE_MODULES", ""))
HERE = Path(__file__).parent / "browser"
VALIDATE = (
    "const v=require('gltf-validator'),fs=require('fs');"
    "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])),{maxIssues:0})"
    ".then(r=>console.log(JSON.stringify(r.issues)))"
)

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not (MODULES / "three").is_dir(), reason="COUNTENANCE_NODE_MODULES names no such folder"),
]


def issues(path: Path) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None or not (MODULES / "gltf-validator").is_dir():
        pytest.skip("no node, or no gltf-validator")
    said = subprocess.run(
        [node, "-e", VALIDATE, str(path)], capture_output=True, text=True, check=True, cwd=MODULES.parent
    )
    return dict(json.loads(said.stdout))


def test_the_validator_finds_nothing(made: Made, tmp_path: Path) -> None:
    take = authored_performance("demo")
    for name in ("take.glb", "take.vrma"):
        write_animation(take, tmp_path / name)
    for path in (made.path, tmp_path / "take.glb", tmp_path / "take.vrma"):
        found = issues(path)
        assert (found["numErrors"], found["numWarnings"]) == (0, 0), path.name


@pytest.fixture(scope="module")
def address(made: Made) -> Iterator[str]:
    """A server of the page, the head, and the libraries."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            path = path.partition("?")[0]
            if path == "/head.vrm":
                return str(made.path)
            if path.startswith("/node_modules/"):
                return str(MODULES / path.removeprefix("/node_modules/"))
            return str(HERE / "view.html")

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_three_vrm_drives_the_face(address: str) -> None:
    browsers = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium")
    complaints: list[str] = []
    with browsers.sync_playwright() as run:
        flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = run.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 512, "height": 512})
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto(address)
        page.wait_for_function("window.head || window.failed", timeout=120_000)
        assert page.evaluate("window.failed || null") is None
        said = page.evaluate("({...window.head, shoot: null})")
        assert said["triangles"] <= 15_000 and said["morphs"] == 67 and len(said["bones"]) == 20
        assert set(PRESETS) <= set(said["expressions"]) and "jawOpen" in said["expressions"]
        assert said["meta"]["avatarPermission"] == "onlySeparatelyLicensedPerson"

        def shot(mix: dict[str, float], yaw: float) -> np.ndarray:
            page.evaluate("([mix, yaw]) => window.head.shoot(mix, yaw)", [mix, yaw])
            return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), np.int16)

        calm = shot({}, 0)
        for name in ("happy", "aa", "blink", "jawOpen", "lookLeft", "viseme_aa"):
            if name in said["expressions"]:
                assert (np.abs(shot({name: 1.0}, 0) - calm).max(2) > 24).sum() > 60, name
        assert np.abs(shot({}, 0) - calm).max() <= 2  # back at rest
        assert (np.abs(shot({}, 60) - calm).max(2) > 24).sum() > 5000
        browser.close()
    assert complaints == []
