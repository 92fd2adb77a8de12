from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaussians.files.comparison import angles, away, by_position, scenes
from gaussians.scenes import camera, scene
from hypothesis import given, settings

from lucida.errors import BadInput, BadParameter, BadSplats
from lucida.gaussians import files
from lucida.gaussians.files import compressed_ply, gltf, splat, spz, usd
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians, chosen, transformed, upright

FEW = settings(max_examples=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenes")


def there_and_back(original: Gaussians, path: Path) -> Gaussians:
    files.write(original, path)
    return files.read(path)


@FEW
@given(original=scenes())
def test_ply_keeps_every_number(folder: Path, original: Gaussians) -> None:
    back = there_and_back(original, folder / "scene.ply")
    for name in ("means", "quaternions", "log_scales", "opacity_logits", "harmonics"):
        assert (getattr(back, name) == getattr(original, name)).all()


@pytest.mark.parametrize(
    ("suffix", "precision"), [(".glb", gltf.PRECISION), (".gltf", gltf.PRECISION), (".usdz", usd.PRECISION)]
)
@FEW
@given(original=scenes(most=200))
def test_what_stores_sizes_as_they_act_keeps_them_as_float32(
    folder: Path, suffix: str, precision: float, original: Gaussians
) -> None:
    back = there_and_back(original, folder / f"scene{suffix}")
    assert (back.means == original.means).all() and (back.harmonics == original.harmonics).all()
    assert away(back.log_scales, original.log_scales) < precision
    assert away(back.opacities, original.opacities) < precision
    assert angles(back.quaternions, original.quaternions).max() < 1e-4


@FEW
@given(original=scenes())
def test_compressed_ply_is_within_its_steps(folder: Path, original: Gaussians) -> None:
    back = there_and_back(original, folder / "scene.compressed.ply")
    original = chosen(original, compressed_ply.morton_order(original.means))
    for first in range(0, len(original), compressed_ply.CHUNK):
        part = slice(first, first + compressed_ply.CHUNK)
        for name, steps in (("means", compressed_ply.CODES), ("log_scales", compressed_ply.CODES)):
            numbers = getattr(original, name)[part].astype(np.float64)
            step = np.ptp(numbers, axis=0) / steps
            off = np.abs(getattr(back, name)[part] - numbers)
            assert (off <= 0.501 * step + 3e-7 * np.abs(numbers)).all()
        colour = np.ptp(original.colours[part], axis=0) / compressed_ply.COLOUR
        assert (np.abs(back.colours[part] - original.colours[part]) <= 0.501 * colour + 1e-6).all()
    assert away(back.opacities, original.opacities) <= 0.501 / compressed_ply.COLOUR
    assert away(back.harmonics[:, 1:], original.harmonics[:, 1:]) <= compressed_ply.HARMONICS_STEP / 2 + 1e-6
    assert angles(back.quaternions, original.quaternions).max() < compressed_ply.ROTATION_DEGREES


@FEW
@given(original=scenes())
def test_splat_is_within_its_steps(folder: Path, original: Gaussians) -> None:
    back = by_position(there_and_back(original, folder / "scene.splat"))
    original = by_position(original)
    assert (back.means == original.means).all() and back.degree == 0
    assert away(back.log_scales, original.log_scales) < 1e-6
    assert away(back.colours, np.clip(original.colours, 0, 1)) <= 0.501 / splat.COLOUR
    assert away(back.opacities, original.opacities) <= 0.501 / splat.COLOUR
    assert angles(back.quaternions, original.quaternions).max() < splat.ROTATION_DEGREES


@FEW
@given(original=scenes())
def test_spz_is_within_its_steps(folder: Path, original: Gaussians) -> None:
    back = there_and_back(original, folder / "scene.spz")
    assert away(back.means, original.means) <= 0.501 / 2**spz.FRACTION_BITS + 1e-4 * (
        np.abs(original.means).max() > 100
    )
    assert away(back.log_scales, original.log_scales) <= 0.501 * spz.SIZE_STEP
    assert away(back.opacities, original.opacities) <= 0.501 / spz.OPACITY
    assert away(back.harmonics[:, 0], original.harmonics[:, 0]) <= 0.501 * spz.COLOUR_STEP
    for bits, band in zip(spz.HARMONICS_BITS, (slice(1, 4), slice(4, 9), slice(9, 16)), strict=True):
        assert away(back.harmonics[:, band], original.harmonics[:, band]) <= (2 ** (7 - bits) + 0.5) / 128 + 1e-6
    assert angles(back.quaternions, original.quaternions).max() < spz.ROTATION_DEGREES


def test_a_wide_scene_has_coarser_positions_in_spz(tmp_path: Path) -> None:
    wide = transformed(scene(50), scale=50_000.0)
    wide = Gaussians(wide.means, wide.quaternions, scene(50).log_scales, wide.opacity_logits, wide.harmonics)
    reach = np.abs(wide.means).max()
    assert 20_000 < reach < 2**17
    assert away(there_and_back(wide, tmp_path / "wide.spz").means, wide.means) <= 2**-6 + 1e-7 * reach
    with pytest.raises(BadSplats, match="make it smaller"):
        files.write(transformed(wide, scale=1000.0), tmp_path / "wider.spz")
    assert [path.name for path in tmp_path.iterdir()] == ["wide.spz"]


@pytest.mark.parametrize("suffix", list(files.FORMATS))
def test_what_was_read_looks_as_what_was_written(tmp_path: Path, suffix: str) -> None:
    original = scene(300, 3, degree=1 if suffix != ".splat" else 0, size=0.08)
    faint = Gaussians(
        original.means, original.quaternions, original.log_scales, original.opacity_logits, 0.5 * original.harmonics
    )
    back = there_and_back(faint, tmp_path / f"scene{suffix}")
    picture, again = render(faint, camera()), render(back, camera())
    assert np.abs(picture.colour - again.colour).max() < (
        6 / 255 if suffix not in (".ply", ".glb", ".gltf", ".usdz") else 1e-3
    )
    assert picture.alpha.max() > 0.9


def test_formats_with_axes_of_their_own_have_y_up(tmp_path: Path) -> None:
    """What lies above in a scene, whose y leads down, has a y above 0 in these files."""
    above = scene(1)
    above.means[:] = (1, -2, -3)
    for suffix in (".spz", ".glb", ".usdz"):
        files.write(above, tmp_path / f"a{suffix}")
    document, _ = gltf._document(to_y_up(above), gltf._columns(to_y_up(above)))
    assert document["accessors"][0]["min"] == [1, 2, 3]
    assert b"positions = [(1.0, 2.0, 3.0)]" in (tmp_path / "a.usdz").read_bytes()


def test_what_is_up_is_kept_or_is_up_in_the_file(tmp_path: Path) -> None:
    """A PLY keeps its axes and says which way is up; the other formats have one up, and the scene is turned to it."""
    lying = replace(scene(30, degree=1), up=(0.0, 0.0, 1.0))
    standing = upright(lying)
    assert standing.up == (0, -1, 0)
    assert (standing.means == lying.means[:, [0, 2, 1]] * np.float32([1, -1, 1])).all()
    for suffix in files.FORMATS:
        back = there_and_back(lying, tmp_path / f"a{suffix}")
        expected = lying if suffix.endswith(".ply") else standing
        assert back.up == expected.up
        assert away(by_position(back).means, by_position(expected).means) < 1e-2
    assert b"\ncomment Vertical axis: 0 0 1\n" in (tmp_path / "a.ply").read_bytes()
    files.write(standing, tmp_path / "b.ply")
    assert b"comment" not in (tmp_path / "b.ply").read_bytes()


@pytest.mark.parametrize(
    ("line", "up"),
    [
        ("Vertical Axis: z", (0, 0, 1)),
        ("vertical axis: 0 0.6 -0.8", (0, 0.6, -0.8)),
        ("Vertical axis: y", (0, -1, 0)),
        ("Vertical axis: 0 0 0", (0, -1, 0)),
        ("Vertical axis: nan 0 1", (0, -1, 0)),
        ("Vertical axis: up", (0, -1, 0)),
        ("Vertical axis: 1 2", (0, -1, 0)),
    ],
)
def test_other_programs_say_what_is_up(tmp_path: Path, line: str, up: tuple[float, float, float]) -> None:
    path = tmp_path / "a.ply"
    files.write(scene(3), path)
    head, body = path.read_bytes().split(b"element", 1)
    path.write_bytes(head + f"comment {line}\nelement".encode() + body)
    assert files.read(path).up == up


def test_half_a_turn_is_the_turn_by_its_matrix() -> None:
    original = scene(40, degree=3)
    by_matrix, by_signs = transformed(original, np.diag([1.0, -1.0, -1.0])), to_y_up(original)
    assert (by_matrix.means == by_signs.means).all()
    assert away(by_matrix.harmonics, by_signs.harmonics) < 1e-6
    assert (np.abs(render(by_matrix, camera()).colour - render(by_signs, camera()).colour) < 1e-4).all()
    assert by_matrix.up == by_signs.up == (0, 1, 0)
    again = from_y_up(by_signs)
    assert (again.quaternions == original.quaternions).all() and (again.harmonics == original.harmonics).all()


@pytest.mark.parametrize("suffix", list(files.FORMATS))
def test_the_same_scene_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        files.write(scene(40, degree=2), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_name_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=r"scene\.obj is none of \.ply"):
        files.write(scene(2), tmp_path / "scene.obj")
    with pytest.raises(BadParameter):
        files.read(tmp_path / "scene")
    with pytest.raises(BadInput, match=r"nothing\.ply cannot be read: No such file"):
        files.read(tmp_path / "nothing.ply")
    with pytest.raises(BadInput, match="There is no folder"):
        files.write(scene(2), tmp_path / "nowhere" / "scene.ply")
    files.write(scene(2), tmp_path / "SCENE.PLY")
    assert len(files.read(tmp_path / "SCENE.PLY")) == 2


@pytest.mark.parametrize("suffix", list(files.FORMATS))
@pytest.mark.parametrize("name", ["means", "quaternions", "log_scales", "opacity_logits", "harmonics"])
def test_a_scene_with_what_is_no_number_is_not_written(tmp_path: Path, suffix: str, name: str) -> None:
    broken = scene(3)
    getattr(broken, name).flat[1] = np.nan
    with pytest.raises(BadSplats, match=r"The scene has a Gaussian whose .* is not a number"):
        files.write(broken, tmp_path / f"scene{suffix}")
    with pytest.raises(BadSplats, match="The scene has no Gaussians"):
        files.write(chosen(broken, np.zeros(3, bool)), tmp_path / f"scene{suffix}")
    assert not list(tmp_path.iterdir())
