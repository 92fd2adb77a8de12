from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import Scene, noise, outdoors, rays, view_of

from lucida.engines.painter.layout import lay_out
from lucida.engines.painter.lifting import around_blur, greyed, meeting
from lucida.engines.painter.painting import View
from lucida.engines.painter.place import PLAN_WIDTH, Place, copyable, plan_place
from lucida.engines.painter.sky import luminance
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions, solid_angles

HEIGHT = PLAN_WIDTH // 2
PHONE = PinholeCamera(320, 240, 1.15)
CAMERAS = {
    "level": PHONE,
    "leans": PinholeCamera(320, 240, 1.15, 0.2, 0.2),
    "wide": PinholeCamera(320, 240, np.radians(100)),
}


@functools.cache
def placed(scene: Scene, camera: str) -> tuple[View, Place]:
    view = view_of(scene, CAMERAS[camera])
    return view, plan_place(view, lay_out(view).radiance)


def plan() -> NDArray[np.float32]:
    return directions(PLAN_WIDTH, HEIGHT).astype(np.float32)


every_place = pytest.mark.parametrize(
    ("scene", "camera"), [("outdoor", "level"), ("indoor", "level"), ("outdoor", "leans"), ("night", "wide")]
)


@every_place
def test_the_photo_s_own_columns_stand_where_they_were_seen(scene: Scene, camera: str) -> None:
    view, place = placed(scene, camera)
    x, y, inside = view.camera.project(plan())
    well_inside = inside & (np.abs(x / 320 - 0.5) < 0.3) & (np.abs(y / 240 - 0.5) < 0.2)
    assert (place.quilt.piece[well_inside, 0] == 0).all()
    assert place.quilt.share[well_inside].min() > 0.99
    pieces, own = place.pieces(plan())[well_inside], place.source.look(plan())[well_inside]
    alone = (place.floor_share + place.ceiling_share)[well_inside] < 1e-6
    assert alone.mean() > 0.5
    assert np.allclose(pieces[alone], own[alone], atol=1e-4)


@every_place
def test_the_poles_are_floor_and_ceiling_all_around(scene: Scene, camera: str) -> None:
    _, place = placed(scene, camera)
    assert place.ceiling_share[: HEIGHT // 12].min() > 0.99
    assert place.floor_share[-HEIGHT // 12 :].min() > 0.99
    assert (place.floor_share + place.ceiling_share)[HEIGHT // 2].mean() < 0.02  # at the horizon things stand


@every_place
def test_the_surroundings_are_as_bright_as_the_layout_says(scene: Scene, camera: str) -> None:
    view, place = placed(scene, camera)
    layout = lay_out(view).radiance
    away = directions(PLAN_WIDTH, HEIGHT)[..., 2] > 0.3  # behind the viewer, where no border of the photo pulls
    area = solid_angles(PLAN_WIDTH, HEIGHT)[:, None] * np.ones(PLAN_WIDTH)
    have, want = ((luminance(each) * area)[away].sum() for each in (place.radiance(plan()), layout))
    assert have == pytest.approx(want, rel=0.35)


@pytest.mark.parametrize("stops", [-2.0, 2.0])
def test_at_its_border_the_photo_s_own_brightness_rules(stops: float) -> None:
    """A layout that is far too dark or bright may not draw a frame around the photo."""
    view, _ = placed("indoor", "level")
    place = plan_place(view, lay_out(view).radiance * np.float32(2**stops))
    x, y, inside = PHONE.project(plan())
    shown = cv2.remap(view.radiance, (x - 0.5).astype("f4"), (y - 0.5).astype("f4"), cv2.INTER_LINEAR)
    rim = inside & ~cv2.erode(inside.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    painted = place.radiance(plan())
    off = np.log2(luminance(painted)[rim] / np.maximum(luminance(shown)[rim], 1e-3))
    assert abs(np.median(off)) < 0.35


def test_a_dark_border_under_a_bright_ceiling_is_no_smudge() -> None:
    """Its shade spreads widely, and part of the light that it takes is given back far away."""
    view = view_of("indoor", PHONE, radiance=np.full((240, 320, 3), 0.2, np.float32))
    _, _, inside = PHONE.project(plan())
    ends = np.zeros((HEIGHT, PLAN_WIDTH), bool)
    stops = np.log2(luminance(meeting(np.full((HEIGHT, PLAN_WIDTH, 3), 0.8, np.float32), view, plan(), inside, ends)))
    above = stops[: np.argmax(inside[:, HEIGHT]), HEIGHT][::-1]  # from the photo's upper border to the zenith
    assert above[0] == pytest.approx(-2, abs=0.1)
    assert above[round(25 / 180 * HEIGHT)] < -0.85
    assert 0.05 < stops[HEIGHT // 2, 0] < 0.3  # behind the viewer


def test_what_ends_at_the_border_casts_no_shade_on_the_sky() -> None:
    """A dark house that the photo cuts off is as dark where it ends, but the sky above it is not."""
    view = view_of("outdoor", PHONE, radiance=np.full((240, 320, 3), 0.2, np.float32))
    _, _, inside = PHONE.project(plan())
    sky = np.full((HEIGHT, PLAN_WIDTH, 3), 0.8, np.float32)
    stops = np.log2(luminance(meeting(sky, view, plan(), inside, plan()[..., 1] > 0)))
    above = stops[: np.argmax(inside[:, HEIGHT]), HEIGHT][::-1]
    assert above[0] == pytest.approx(-2, abs=0.2)
    assert above[round(25 / 180 * HEIGHT)] > -0.5


def burning() -> tuple[View, NDArray[np.float32]]:
    """A view whose sky burns out above the horizon's haze, and its place's radiance."""
    up = rays(PHONE)[..., 1:2]
    picture = np.where(up > 0.12, np.float32(1), outdoors(PHONE)).astype(np.float32)
    view = view_of("outdoor", PHONE, radiance=picture)
    return view, plan_place(view, lay_out(view).radiance).radiance(plan())


def test_no_frame_is_drawn_where_the_photo_ends_burnt_out() -> None:
    """White there says only "at least": the bright sky outside must not dip to it on its way in."""
    _, painted = burning()
    _, _, inside = PHONE.project(plan())
    top = np.array([np.argmax(inside[:, c]) for c in range(HEIGHT - 60, HEIGHT + 60)])
    columns = np.arange(HEIGHT - 60, HEIGHT + 60)
    at, above, below = (np.log2(luminance(painted))[top + step, columns] for step in (0, -25, 25))
    assert np.median(at) > 1  # the layout's
    assert np.median(at - np.minimum(above, below)) > -0.3


def test_light_behind_a_rim_rises_from_the_photo_s_own() -> None:
    view, painted = burning()
    x, y, inside = PHONE.project(plan())
    shown = cv2.remap(view.radiance, (x - 0.5).astype("f4"), (y - 0.5).astype("f4"), cv2.INTER_LINEAR)
    burnt = inside & (luminance(shown) > 0.999)
    away = cv2.distanceTransform((burnt | ~inside).astype(np.uint8), cv2.DIST_L2, 5)
    inwards = cv2.distanceTransform(burnt.astype(np.uint8), cv2.DIST_L2, 5)
    side = inside & (np.abs(x / 320 - 0.5) < 0.35)
    rim = (away > 0) & (away < 3) & side & (y < 200)
    assert abs(np.median(np.log2(luminance(painted)[rim] / luminance(shown)[rim]))) < 0.5
    assert np.median(luminance(painted)[burnt & side & (inwards > 18)]) > 2


def test_a_dark_wall_beside_a_bright_window_takes_the_layout_s_colour() -> None:
    """By the sum of their light the window alone would decide."""
    picture = np.full((240, 320, 3), 0.9, np.float32)
    picture[np.arange(240) // 12 % 2 == 0] = np.array([0.05, 0.02, 0.02])
    view = view_of("indoor", PHONE, radiance=picture)
    layout = np.full((HEIGHT, PLAN_WIDTH, 3), 0.3, np.float32)
    behind = directions(PLAN_WIDTH, HEIGHT)[..., 2] > 0.6
    painted = plan_place(view, layout).radiance(plan())[behind & (np.abs(plan()[..., 1]) < 0.15)]
    red = np.log2(painted[:, 0] / painted[:, 2])
    assert abs(red.mean()) < 0.1  # as many as are too red are too blue


def test_white_tiles_of_a_brown_kitchen_stay_white_where_the_layout_is_grey() -> None:
    """A tint that takes the brown from the doors would turn the tiles blue."""
    picture = np.full((240, 320, 3), 0.8, np.float32)
    doors = np.arange(240) // 12 % 2 == 0
    picture[doors] = np.array([0.4, 0.2, 0.08])
    place = plan_place(view_of("indoor", PHONE, radiance=picture), np.full((HEIGHT, PLAN_WIDTH, 3), 0.3, np.float32))
    behind = (plan()[..., 2] > 0.6) & (np.abs(plan()[..., 1]) < 0.15)
    left = float(np.median(place.colour_share[behind]))
    assert 0.5 < left < 0.8
    painted, pieces = place.radiance(plan())[behind], place.pieces(plan())[behind]
    tiles = luminance(pieces) > 0.7
    blue = float(np.median(np.log2(painted[tiles][:, 2] / painted[tiles][:, 0])))
    by_tint_alone = -float(np.log2(pieces[:, 2] / pieces[:, 0]).mean())
    assert 0 <= blue < 0.75 * by_tint_alone


def test_beside_the_photo_the_pieces_keep_its_colour() -> None:
    """A warm kitchen does not turn grey where the photo ends."""
    warm = (np.array([0.4, 0.25, 0.12]) * np.exp2(0.3 * noise(240, 320))[..., None]).astype(np.float32)
    place = plan_place(view_of("indoor", PHONE, radiance=warm), np.full((HEIGHT, PLAN_WIDTH, 3), 0.2, np.float32))
    painted = np.log2(place.radiance(plan())[..., 0] / place.radiance(plan())[..., 2])
    level = np.abs(plan()[..., 1]) < 0.1
    beside, behind = (level & (np.abs(plan()[..., 2] + z) < 0.1) for z in (0.8, -1.0))
    assert painted[beside].mean() > 3 * max(0.1, painted[behind].mean())


def test_where_the_layout_has_the_pieces_colour_they_keep_it() -> None:
    view, place = placed("outdoor", "level")
    own = place.pieces(plan())
    assert plan_place(view, own).colour_share.min() > 0.95


def test_greying_keeps_the_light() -> None:
    colours = np.random.default_rng(0).random((6, 8, 3)).astype(np.float32)
    share = np.full((6, 8), 0.4, np.float32)
    assert np.allclose(luminance(greyed(colours, share)), luminance(colours), atol=1e-6)
    assert np.allclose(greyed(colours, share * 0), luminance(colours)[..., None], atol=1e-6)


def test_a_part_of_a_view_is_painted_as_the_whole_is() -> None:
    _, place = placed("indoor", "level")
    whole = place.radiance(plan())
    for rows, columns in ((slice(40, 70), slice(1000, 1024)), (slice(300, 420), slice(17, 90))):
        assert np.allclose(place.radiance(plan()[rows, columns]), whole[rows, columns], rtol=1e-3, atol=1e-4)


def test_the_copied_sky_has_no_bright_side() -> None:
    """The glow around a sun is the layout's; copied with the columns it would be many suns."""
    picture, ray = outdoors(PHONE), rays(PHONE)
    glow = 0.9 * np.exp(-np.hypot(ray[..., 0] - 0.4, ray[..., 1] - 0.25) / 0.15)[..., None]
    glowing = np.where(ray[..., 1:2] > 0, np.minimum(picture + glow, 1), picture).astype(np.float32)
    source = copyable(view_of("outdoor", PHONE, cube_res=256, radiance=glowing))
    row = source.picture.shape[0] // 8
    before = np.log2(luminance(cv2.resize(glowing, source.picture.shape[1::-1], interpolation=cv2.INTER_AREA)[row]))
    after = np.log2(luminance(source.picture[row]))
    assert np.ptp(before) > 0.9
    assert np.ptp(after) < 0.3 * np.ptp(before)


def test_what_may_be_copied_holds_no_light_of_its_own_and_the_ground_as_bright_as_it_is() -> None:
    bright = outdoors(PHONE) * np.float32(3)
    source = copyable(view_of("outdoor", PHONE, cube_res=256, radiance=bright))
    assert luminance(source.picture).max() <= 1.0 + 1e-5
    low = source.picture.shape[0] * 3 // 4
    own = np.minimum(cv2.resize(bright, source.picture.shape[1::-1], interpolation=cv2.INTER_AREA), 1)
    assert np.allclose(luminance(source.picture[low:]), luminance(own[low:]), atol=1e-4)


@pytest.mark.parametrize("width", [0.7, 1.15])
def test_a_red_door_keeps_its_red_beside_the_photo_and_is_less_red_far_away(width: float) -> None:
    """Seen once it is a door; seen five times in the same red it is a copy. In the photo it fills three eighths."""
    grain = np.exp2(0.2 * np.random.default_rng(0).normal(size=(240, 320, 1)))
    picture = (np.array([0.3, 0.3, 0.25]) * grain).astype(np.float32)
    door = slice(40, 200), slice(100, 220)
    picture[door] = np.array([0.5, 0.05, 0.04]) * grain[door]
    camera = PinholeCamera(320, 240, width)
    view = view_of("indoor", camera, cube_res=512, radiance=picture)
    place = plan_place(view, lay_out(view).radiance)
    azimuth = np.abs(np.arctan2(plan()[..., 0], -plan()[..., 2]))
    level = np.abs(plan()[..., 1]) < 0.1
    beside = level & (azimuth > width / 2) & (azimuth < width / 2 + np.radians(4))
    far = level & (azimuth > np.radians(120))
    assert place.colour_share[beside].min() > 0.85
    painted = place.radiance(plan())[far]
    assert np.mean(painted[:, 0] > 3 * painted[:, 1]) < 0.15


SIGMA = np.radians(9.0)


@pytest.mark.parametrize("shape", [(128, 256), (128, 256, 3)])
def test_a_blur_of_the_sphere_has_no_seam(shape: tuple[int, ...]) -> None:
    field = np.random.default_rng(0).random(shape).astype(np.float32)
    turned = around_blur(np.roll(field, 64, axis=1), SIGMA)
    assert np.allclose(turned, np.roll(around_blur(field, SIGMA), 64, axis=1), atol=1e-4)


def test_a_blur_of_the_sphere_keeps_what_is_even() -> None:
    assert np.allclose(around_blur(np.full((128, 256, 3), 0.7, np.float32), SIGMA), 0.7, atol=1e-4)


@pytest.mark.parametrize("latitude", [0.0, 0.6, 1.0])
def test_a_point_is_blurred_as_wide_as_was_asked_for(latitude: float) -> None:
    around = directions(256, 128)
    row = int((0.5 - latitude / np.pi) * 128)
    point = np.zeros((128, 256), np.float32)
    point[row, 128] = 1
    blurred = around_blur(point, SIGMA).astype(np.float64) * solid_angles(256, 128)[:, None]
    angle = np.arccos(np.clip(around @ around[row, 128], -1, 1))
    spread = np.sqrt((blurred * angle**2).sum() / blurred.sum() / 2)  # of two dimensions
    assert spread == pytest.approx(SIGMA, rel=0.15)


@pytest.mark.parametrize("row", [5, 7, 118])
def test_a_blur_reaches_over_a_pole(row: int) -> None:
    """Opposite a point near a pole, the way straight over it counts."""
    point = np.zeros((128, 256), np.float32)
    point[row, 128] = 1
    blurred = around_blur(point, SIGMA)
    across = 2 * (min(row, 127 - row) + 0.5) / 128 * np.pi
    assert blurred[row, 0] / blurred[row, 128] == pytest.approx(np.exp(-0.5 * (across / SIGMA) ** 2), rel=0.3)
