from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from lucida.errors import BadInput
from lucida.imaging.lpips import BACKBONE, HEADS, lpips_or_none
from lucida.imaging.metrics import chamfer, occupancy, psnr, ssim, volume_iou

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


@pytest.fixture
def pair() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(3)
    picture = np.clip(np.cumsum(rng.normal(0, 0.05, (40, 53, 3)), axis=1) + 0.5, 0, 1)
    return picture, np.clip(picture + rng.normal(0, 0.03, picture.shape), 0, 1)


def test_psnr_of_one_step_in_ten_is_20_db(pair: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    assert psnr(np.zeros((4, 4)), np.full((4, 4), 0.1)) == pytest.approx(20)
    assert psnr(pair[0], pair[0]) == float("inf")
    assert psnr(*pair) == pytest.approx(peak_signal_noise_ratio(*pair, data_range=1))


@pytest.mark.parametrize("channels", [0, 3])
def test_ssim_is_that_of_scikit_image(pair: tuple[NDArray[np.float64], NDArray[np.float64]], channels: int) -> None:
    one, other = pair if channels else (pair[0][..., 0], pair[1][..., 0])
    theirs = structural_similarity(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1,
        channel_axis=-1 if channels else None,
    )  # fmt: skip
    assert ssim(one, other) == pytest.approx(theirs, abs=1e-9)
    assert ssim(one, one) == pytest.approx(1)


def test_ssim_of_two_flat_greys_is_their_luminance_term() -> None:
    expected = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert ssim(np.full((16, 16), 0.2), np.full((16, 16), 0.6)) == pytest.approx(expected)


def test_pictures_of_two_sizes_and_tiny_ones_are_refused() -> None:
    with pytest.raises(BadInput, match="two of one size"):
        psnr(np.zeros((4, 4)), np.zeros((4, 5)))
    with pytest.raises(BadInput, match="11 pixels"):
        ssim(np.zeros((10, 40)), np.zeros((10, 40)))
    with pytest.raises(BadInput, match="two of one size"):
        lpips_or_none(np.zeros((4, 4, 3)), np.zeros((4, 4, 3)))


def test_chamfer_is_the_mean_of_both_ways_and_not_squared() -> None:
    one, other = np.zeros((1, 3)), np.array([[0.0, 0, 3], [0, 4, 0]])
    assert chamfer(one, other) == pytest.approx((3 + 3.5) / 2)
    assert chamfer(other, one) == chamfer(one, other)
    with pytest.raises(BadInput, match="no points"):
        chamfer(one, np.zeros((0, 3)))


def test_two_cubes_that_share_a_third() -> None:
    moved = CUBE + np.array([0.5, 0, 0])
    assert volume_iou((CUBE, CUBE_FACES), (moved, CUBE_FACES), cells=96) == pytest.approx(1 / 3)
    assert volume_iou((CUBE, CUBE_FACES), (CUBE, CUBE_FACES)) == 1
    assert volume_iou((CUBE, CUBE_FACES), (CUBE + 3, CUBE_FACES)) == 0
    with pytest.raises(BadInput, match="without faces"):
        volume_iou((CUBE, CUBE_FACES[:0]), (CUBE, CUBE_FACES))


def test_occupancy_leaves_a_cave_empty() -> None:
    inner = CUBE * 0.5 + 0.25
    both = np.concatenate([CUBE, inner]), np.concatenate([CUBE_FACES, CUBE_FACES[:, ::-1] + len(CUBE)])
    inside = occupancy(*both, low=np.zeros(3), size=1.0, cells=16)
    expected = np.ones((16, 16, 16), bool)
    expected[4:12, 4:12, 4:12] = False
    assert np.array_equal(inside, expected)


def test_lpips_without_weights_is_none_and_never_nought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert lpips_or_none(np.zeros((32, 32, 3)), np.ones((32, 32, 3))) is None


def test_lpips_is_the_weighted_distance_of_unit_features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed (./start.sh --models)")
    generator = torch.Generator().manual_seed(5)
    sizes = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
    sizes |= {17: (256, 512), 19: (512, 512), 21: (512, 512), 24: (512, 512), 26: (512, 512), 28: (512, 512)}
    network = {}
    for layer, (ins, outs) in sizes.items():
        network[f"features.{layer}.weight"] = torch.randn(outs, ins, 3, 3, generator=generator) * (2 / 9 / ins) ** 0.5
        network[f"features.{layer}.bias"] = torch.zeros(outs)
    heads = {f"lin{n}.model.1.weight": torch.rand(1, c, 1, 1) for n, c in enumerate((64, 128, 256, 512, 512))}
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(network, folder / BACKBONE)
    torch.save(heads, folder / HEADS)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    rng = np.random.default_rng(1)
    one, other = rng.random((2, 32, 32, 3))

    from torch import nn

    layers: list[nn.Module] = []
    for ins, outs, pool in [(*size, layer in (5, 10, 17, 24)) for layer, size in sizes.items()]:
        layers += [nn.MaxPool2d(2)] * pool + [nn.Conv2d(ins, outs, 3, padding=1), nn.ReLU()]
    vgg = nn.Sequential(*layers)
    vgg.load_state_dict({f"{key.split('.')[1]}.{key.split('.')[2]}": value for key, value in network.items()})
    expected = 0.0
    mean, deviation = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    with torch.no_grad():
        a, b = (torch.tensor(((2 * p - 1 - mean) / deviation).transpose(2, 0, 1)[None]).float() for p in (one, other))
        for number, layer in enumerate(vgg):
            a, b = layer(a), layer(b)
            if number in (3, 8, 15, 22, 29):
                unit = a / a.norm(dim=1, keepdim=True) - b / b.norm(dim=1, keepdim=True)
                head = heads[f"lin{(3, 8, 15, 22, 29).index(number)}.model.1.weight"]
                expected += float((head * unit**2).sum(1).mean())
    found = lpips_or_none(one, other)
    assert found == pytest.approx(expected, rel=1e-4)
    assert lpips_or_none(one, one) == 0
