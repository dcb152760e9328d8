"""`countenance verify` runs on the thin distribution's dependencies: without MediaPipe, dlib, voices and engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from PIL import Image

from tests.exit_material import picture

ROOT = Path(__file__).parents[2]
THIN = ROOT / "packaging" / "verify" / "pyproject.toml"
HEAVY = {
    "mediapipe", "dlib", "_dlib_pybind11", "face_recognition_models", "hibari", "pocketsphinx", "openfacefx", "onnx",
    "onnxruntime", "matplotlib", "pyloudnorm", "pysubs2", "ruamel", "torch", "ctranslate2", "langcodes", "babel", "ray",
}  # fmt: skip
_RUN = """
import json, sys
heavy = set(json.loads(sys.argv.pop(1)))
class Blocking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in heavy:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)
sys.meta_path.insert(0, Blocking())
import atexit
def told():
    third = {m.partition(".")[0] for m, one in list(sys.modules.items())
             if "site-packages" in (getattr(one, "__file__", None) or "")}
    print("IMPORTED " + json.dumps(sorted(third)), file=sys.stderr)
atexit.register(told)
from countenance.cli import main
sys.exit(main())
"""


def closure(names: set[str]) -> set[str]:
    """Distributions that these need, themselves too, as far as they are installed."""
    reached: set[str] = set()
    left = {name.lower().replace("_", "-") for name in names}
    while left:
        name = left.pop()
        if name in reached:
            continue
        reached.add(name)
        try:
            needed = [Requirement(one) for one in requires(name) or []]
        except ModuleNotFoundError:
            continue
        left |= {
            one.name.lower().replace("_", "-")
            for one in needed
            if one.marker is None or one.marker.evaluate({"extra": ""})
        }
    return reached


def thin() -> set[str]:
    project = tomllib.loads(THIN.read_text())["project"]
    return {Requirement(one).name for one in project["dependencies"]}


def test_verify_without_faces_voices_and_engines(tmp_path: Path) -> None:
    still, page = tmp_path / "a.png", tmp_path / "a.html"
    Image.fromarray(picture(160, 128, seed=1)).save(still)
    environment = {**os.environ, "COUNTENANCE_HOME": str(tmp_path / "home")}
    arguments = ["verify", str(still), "--json", "--report", str(page)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(sorted(HEAVY)), *arguments],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "nothing" and page.is_file()
    imported = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("IMPORTED "))[9:])
    known = packages_distributions()
    allowed = closure(thin()) | {"countenance", "opencv-contrib-python", "setuptools"}
    missing = {
        name: known[name] for name in imported
        if name in known and not {one.lower().replace("_", "-") for one in known[name]} & allowed
    }  # fmt: skip
    assert missing.keys() <= {"yaml", "shellingham", "colorama", "distutils-precedence", "_distutils_hack"}, missing


def test_the_thin_bounds_are_the_whole_one_s() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    bounds = {(one := Requirement(text)).name: str(one.specifier) for text in whole}
    bounds["opencv-python-headless"] = bounds["opencv-contrib-python"]
    for text in tomllib.loads(THIN.read_text())["project"]["dependencies"]:
        one = Requirement(text)
        assert bounds.get(one.name) == str(one.specifier), one.name
    assert not thin() & {"mediapipe", "dlib-bin", "onnxruntime", "hibari-tts", "matplotlib"}
