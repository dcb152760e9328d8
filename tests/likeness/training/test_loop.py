"""The training loop, where torch is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from countenance.engines.mesh.refiner_config import CHANNELS, MOTION, PLANS, RefinerConfig  # noqa: E402
from countenance.engines.mesh.refining import Refiner  # noqa: E402
from countenance.engines.mesh.training.loop import Check, Recipe, Trainer, rarity  # noqa: E402
from countenance.engines.mesh.training.onnx_export import to_onnx  # noqa: E402
from countenance.engines.mesh.training.refiner_network import RefinerNet  # noqa: E402
from countenance.errors import BadDocument, BadOption  # noqa: E402
from tests.likeness.training.faces import TINY, examples, rest  # noqa: E402

RECIPE = Recipe(TINY, minutes=0.15, batch=4, rate=6e-3, device="cpu")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def steps(trainer: Trainer, count: int) -> None:
    for _ in range(count):
        trainer._one_step(0.1)


@pytest.mark.parametrize("plan", [TINY, *PLANS.values()], ids=lambda p: f"{p.size}-{p.side}")
def test_what_is_exported_is_what_was_trained(plan: RefinerConfig) -> None:
    torch.manual_seed(4)
    net = RefinerNet(plan).eval()
    for parameter in net.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    net.spread.fill_(0.4)
    weights = {k: v.numpy() for k, v in net.state_dict().items()}
    data = to_onnx(plan, weights, rest(), np.zeros((2, MOTION)), {"psnr": "30"})
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(2)
    picture = random.random((1, CHANNELS, plan.side, plan.side), np.float32)
    motion = random.normal(0, 0.5, (1, MOTION)).astype(np.float32)
    with torch.no_grad():
        want = net(torch.from_numpy(picture), torch.from_numpy(motion)).numpy()
    (got,) = session.run(None, {"picture": picture, "motion": motion})
    assert np.abs(want).max() > 0.01
    assert np.abs(got - want).max() < 1e-3
    assert Refiner(data).side == plan.side
    assert {p.key: p.value for p in onnx.load_from_string(data).metadata_props}["psnr"] == "30"


def test_it_learns_what_the_drawing_lacks() -> None:
    trainer = Trainer(examples(), replace(RECIPE, minutes=10))
    before = trainer.before[0]
    steps(trainer, 60)
    said: list[Check] = []
    trainer.check(said.append)
    assert said[0].psnr > before + 1
    assert said[0].best == said[0].psnr == trainer.best
    assert said[0].preview.shape[1] == 3 * 256
    assert said[0].before == trainer.before


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (Trainer(examples(), replace(RECIPE, seed=s)) for s in (1, 1, 2))
    for trainer in (first, second, other):
        steps(trainer, 3)
        trainer.check(lambda _check: None)
    a, b, c = (t.net.state_dict()["last.weight"].numpy() for t in (first, second, other))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_going_on_is_as_if_it_had_never_stopped() -> None:
    whole, half = Trainer(examples(), RECIPE), Trainer(examples(), RECIPE)
    steps(whole, 6)
    steps(half, 3)
    again = Trainer(examples(), RECIPE, half.state())
    assert again.step == 3
    steps(again, 3)
    for name, value in whole.net.state_dict().items():
        assert np.allclose(value.numpy(), again.net.state_dict()[name].numpy(), atol=1e-6), name


@pytest.mark.parametrize("spoil", [lambda s: s[:100], lambda s: b"x" + s, lambda _s: b""])
def test_a_spoilt_state_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    state = Trainer(examples(), RECIPE).state()
    with pytest.raises(BadDocument):
        Trainer(examples(), RECIPE, spoil(state))


def test_a_state_of_another_network_is_refused() -> None:
    state = Trainer(examples(), RECIPE).state()
    with pytest.raises(BadDocument):
        Trainer(examples(), replace(RECIPE, plan=replace(TINY, widths=(4, 6, 8))), state)


def test_it_ends_when_the_time_is_spent_and_keeps_to_it() -> None:
    said: list[Check] = []
    trainer = Trainer(examples(12), replace(RECIPE, minutes=0.02))
    trainer.run(said.append, every=100)
    assert trainer.step >= 1
    assert len(said) == 1


def test_it_stops_early_when_nothing_gets_better() -> None:
    trainer = Trainer(examples(12), replace(RECIPE, minutes=60))
    trainer.best, trainer.best_at, trainer.spent = 99.0, 0.0, 0.6 * 3600
    trainer.run(lambda _check: None, every=100)
    assert trainer.step == 1


def test_too_little_is_refused() -> None:
    with pytest.raises(BadOption):
        Trainer(examples(6), RECIPE)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(BadOption):
        Trainer(examples(), replace(RECIPE, device="abacus"))


def test_a_blink_is_seen_more_often_than_it_happens() -> None:
    random = np.random.default_rng(4)
    motion = random.normal(0, 0.03, (200, MOTION)).astype(np.float32)
    motion[[17, 90, 151], 12:20] -= 0.5
    seen = rarity(motion)
    assert seen[[17, 90, 151]].min() > 2 * np.median(seen)
    assert seen.min() > 0


def test_it_stays_silent_where_the_truth_is_somebody_elses() -> None:
    given = examples()
    truth, judged = given.truth.copy(), given.judged.copy()
    hair = slice(90, 170), slice(60, 120)
    truth[:, hair[0], hair[1]] = 10
    judged[:, hair[0], hair[1]] = 0
    trainer = Trainer(replace(given, truth=truth, judged=judged), replace(RECIPE, minutes=10))
    steps(trainer, 40)
    batch = trainer._batch(torch.arange(2))
    with torch.no_grad():
        change = 255 * trainer._mean_net(batch.picture, batch.motion)
    assert float(change[:, :, 26:40, 18:28].abs().mean()) < 4
