from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from photos import apple_heic, apple_makernote, chart, encode, exif_block, icc_profile, matrix_profile, ultra_hdr_jpeg
from PIL import Image, ImageOps

from lucida.errors import BadPhoto, LucidaError, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat
from lucida.imaging.colour import DISPLAY_P3, linear_to_srgb, srgb_to_linear, to_rec709
from lucida.imaging.colour_transform import hybrid_log_gamma, perceptual_quantiser
from lucida.imaging.decode import decode
from lucida.imaging.photo import Photo
from lucida.imaging.read import read_photo

KINDS = {"HEIF": {"quality": 95}, "AVIF": {"quality": 95}, "JPEG": {"quality": 97}, "PNG": {}, "WEBP": {"quality": 100}}
HEADROOM = 2 ** (-20 * 0.008 + 1.8)
IPHONE = exif_block({0x010F: "Apple"}, {0x927C: apple_makernote((0, -1, 0), headroom=0.84, gain=0.008)})


def codes(photo: Photo) -> np.ndarray:
    """sRGB code values, 0 to 255."""
    return linear_to_srgb(photo.radiance) * 255


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """What EXIF's Orientation asks for, by Pillow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=exif_block({0x0112: orientation}))
    return np.asarray(ImageOps.exif_transpose(Image.open(file)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_is_its_pixels_in_linear_light(kind: str) -> None:
    photo = read_photo(encode(chart(), kind, **KINDS[kind]))
    assert photo.radiance.dtype == np.float32 and photo.radiance.shape == (64, 96, 3)
    assert np.abs(codes(photo) - chart()).max() < 6
    assert (photo.color_profile, photo.gain_headroom) == ("sRGB (assumed)", None)
    assert photo.notes == ("The photo names no colour profile; sRGB is assumed.",)


def test_a_lossless_photo_is_exact() -> None:
    assert read_photo(encode(chart(), "PNG")).radiance == pytest.approx(srgb_to_linear(chart()), abs=3e-7)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "AVIF", "HEIF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_once(kind: str, orientation: int) -> None:
    photo = read_photo(encode(chart(), kind, exif=exif_block({0x0112: orientation}), **KINDS[kind]))
    expected = turned(chart(), orientation)
    assert photo.radiance.shape == expected.shape
    assert np.abs(codes(photo) - expected).max() < 6


def test_display_p3_is_converted_not_relabelled() -> None:
    photo = read_photo(encode(chart(), "PNG", icc_profile=matrix_profile("Display P3")))
    expected = np.clip(srgb_to_linear(chart()) @ to_rec709(DISPLAY_P3).T, 0, 1)
    inside = (srgb_to_linear(chart()) @ to_rec709(DISPLAY_P3).T > 0.01).all(-1)
    assert photo.color_profile == "Display P3"
    assert photo.radiance[inside] == pytest.approx(expected[inside], abs=1e-3)


def test_a_colour_outside_rec709_is_never_negative_and_keeps_its_light() -> None:
    green = np.zeros((32, 32, 3), np.uint8)
    green[..., 1] = 200
    photo = read_photo(encode(green, "PNG", icc_profile=matrix_profile("Display P3")))
    light = srgb_to_linear(np.array([200 / 255])) * to_rec709(DISPLAY_P3)[:, 1] @ [0.2126, 0.7152, 0.0722]
    assert photo.radiance.min() >= 0
    assert photo.radiance[0, 0] @ [0.2126, 0.7152, 0.0722] == pytest.approx(light, rel=1e-3)


def test_a_heic_without_a_profile_but_with_p3_numbers_is_p3() -> None:
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image = pillow_heif.from_bytes("RGB", (96, 64), chart().tobytes())
    image.save(file, quality=95, save_nclx_profile=True, color_primaries=12, transfer_characteristics=13)
    assert read_photo(file.getvalue()).color_profile == "Display P3"


def test_ten_bits_are_read_as_ten_bits() -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 32, 0), 3, 2)
    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (256, 32), pixels.tobytes()).save(file, quality=100, chroma=444)
    photo = read_photo(file.getvalue())
    assert codes(photo)[16, :, 1] == pytest.approx(np.arange(256), abs=0.6)
    assert photo.radiance[16, -1] == pytest.approx(1, abs=2e-3)
    assert len(np.unique(photo.radiance[16, :, 1])) > 200
    assert photo.clipped[16, -1] and not photo.clipped[16, 200]


@pytest.mark.parametrize(("transfer", "name"), [(16, "Rec.2020 PQ"), (18, "Rec.2020 HLG")])
def test_a_photo_coded_for_hdr_reaches_above_white(transfer: int, name: str) -> None:
    pixels = np.full((32, 64, 3), round(0.75 * 65535), np.uint16)
    file = io.BytesIO()
    image = pillow_heif.from_bytes("RGB;16", (64, 32), pixels.tobytes())
    image.save(file, quality=100, chroma=444, color_primaries=9, transfer_characteristics=transfer)
    photo = read_photo(file.getvalue())
    white = float(perceptual_quantiser(np.array(0.75)) / 203) if transfer == 16 else 1.0
    assert photo.color_profile == name
    assert photo.radiance[16, 32] == pytest.approx(white, rel=0.03)
    assert photo.gain_headroom is not None and photo.gain_headroom > 3


def test_the_hdr_curves_have_the_standards_values() -> None:
    # BT.2408: 203 cd/m² is PQ code 0.5806; BT.2100: HLG 0.75 is 0.265 of the peak, 0.5 is 1/12.
    assert perceptual_quantiser(np.array([0.5806, 1.0])) == pytest.approx([203, 10_000], rel=1e-3)
    assert hybrid_log_gamma(np.array([0.5, 0.75, 1.0])) == pytest.approx([1 / 12, 0.265, 1.0], abs=1e-3)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_apples_gain_map_restores_highlights_where_they_were(turns: int) -> None:
    pixels = np.full((128, 192, 3), 120, np.uint8)
    pixels[:64, :64] = 255
    gain = np.zeros((64, 96), np.uint8)
    gain[:32, :32] = 255
    photo = read_photo(apple_heic(pixels, gain, exif=IPHONE, quarter_turns=turns))
    radiance = np.rot90(photo.radiance, -turns)
    assert photo.gain_headroom == pytest.approx(HEADROOM, rel=1e-4)
    assert radiance[20:40, 20:40] == pytest.approx(HEADROOM, rel=0.02)
    assert radiance[80:, 80:] == pytest.approx(float(srgb_to_linear(np.array([120 / 255]))[0]), abs=0.01)
    assert radiance.max() <= HEADROOM * 1.0001


def test_a_gain_map_in_display_p3_keeps_white_white() -> None:
    pixels, gain = np.full((64, 64, 3), 250, np.uint8), np.full((32, 32), 128, np.uint8)
    photo = read_photo(apple_heic(pixels, gain, exif=IPHONE, profile=matrix_profile("Display P3")))
    centre = photo.radiance[20:40, 20:40].mean((0, 1))
    expected = srgb_to_linear(np.array([250 / 255]))[0] * (
        1 + (HEADROOM - 1) * srgb_to_linear(np.array([128 / 255]))[0]
    )
    assert photo.color_profile == "Display P3"
    assert centre == pytest.approx(float(expected), rel=0.02)


def test_clipped_is_what_no_gain_map_knows() -> None:
    pixels = np.full((64, 128, 3), 100, np.uint8)
    pixels[:, :64] = 255
    gain = np.full((32, 64), 90, np.uint8)
    gain[:, :16] = 255
    plain, mapped = read_photo(encode(pixels, "PNG")), read_photo(apple_heic(pixels, gain, exif=IPHONE))
    assert plain.clipped[:, :64].all() and not plain.clipped[:, 64:].any()
    assert mapped.clipped[10:50, 4:26].all() and not mapped.clipped[10:50, 40:].any()


def test_a_gain_map_without_headroom_is_left_out_and_said_so() -> None:
    photo = read_photo(apple_heic(chart(128, 128), np.full((64, 64), 255, np.uint8)))
    assert photo.gain_headroom is None and photo.radiance.max() <= 1
    assert any("headroom is not in the file" in note for note in photo.notes)


def test_an_ultra_hdr_jpeg_is_brighter_by_its_map() -> None:
    pixels, gain = np.full((64, 96, 3), 240, np.uint8), np.zeros((32, 48), np.uint8)
    gain[:, 24:] = 255
    properties = 'hdrgm:GainMapMin="0" hdrgm:GainMapMax="2" hdrgm:OffsetSDR="0" hdrgm:OffsetHDR="0"/>'
    for orientation in (1, 6):
        photo = read_photo(ultra_hdr_jpeg(pixels, gain, properties, exif=exif_block({0x0112: orientation})))
        radiance = photo.radiance if orientation == 1 else np.rot90(photo.radiance)
        white = float(srgb_to_linear(np.array([240 / 255]))[0])
        assert photo.gain_headroom == 4.0
        assert radiance[10:50, 4:40] == pytest.approx(white, rel=0.02)
        assert radiance[10:50, 60:90] == pytest.approx(4 * white, rel=0.02)


def test_a_profile_that_cannot_be_used_is_named_in_a_note() -> None:
    photo = read_photo(encode(chart(), "PNG", icc_profile=icc_profile({})))
    assert photo.color_profile == "sRGB (assumed)"
    assert photo.notes == ("Colours are taken as sRGB, for the colour profile is not made of curves and a matrix.",)


def test_grey_palette_and_transparent_pictures_are_photos_too() -> None:
    grey = read_photo(encode(chart()[..., 0], "JPEG"))
    assert grey.radiance.shape == (64, 96, 3) and np.array_equal(grey.radiance[..., 0], grey.radiance[..., 2])
    file = io.BytesIO()
    Image.fromarray(chart()).quantize(64).save(file, "PNG")
    assert np.abs(codes(read_photo(file.getvalue())) - chart()).mean() < 8
    transparent = np.dstack([chart(), np.full((64, 96), 255, np.uint8)])
    transparent[:, :48, 3] = 0
    photo = read_photo(encode(transparent, "PNG"))
    assert photo.radiance[:, :48].max() == 0
    assert photo.radiance[:, 48:] == pytest.approx(srgb_to_linear(chart()[:, 48:]))
    assert "transparent" in photo.notes[0]


def test_the_name_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(chart(), "HEIF"))
    assert read_photo(path).format == "heif"


def animated(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(chart()).save(file, kind, save_all=True, append_images=[Image.fromarray(chart()[::-1])])
    return file.getvalue()


def cmyk() -> bytes:
    file = io.BytesIO()
    Image.fromarray(chart()).convert("CMYK").save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (lambda: b"", TruncatedPhoto, "empty"),
        (lambda: encode(chart(), "GIF"), UnsupportedFormat, "a GIF"),
        (lambda: animated("PNG"), UnsupportedFormat, "an animation"),
        (lambda: animated("AVIF"), UnsupportedFormat, "an animation"),
        (cmyk, UnsupportedFormat, "CMYK"),
        (lambda: encode(np.zeros((32, 32), np.uint16), "PNG"), UnsupportedFormat, "16 bits"),
        (lambda: encode(chart(8, 8), "PNG"), BadPhoto, "8 × 8"),
        (lambda: encode(np.zeros((10_001, 20_000), np.uint8), "PNG"), PhotoTooLarge, "200 megapixels"),
    ],
    ids=["empty", "gif", "animated png", "animated avif", "cmyk", "16 bit", "tiny", "200 megapixels"],
)
def test_what_cannot_be_read_gets_one_sentence(content: object, error: type[LucidaError], words: str) -> None:
    assert callable(content)
    with pytest.raises(error, match=words) as caught:
        read_photo(content())
    assert 400 <= caught.value.status < 500
    assert str(caught.value).endswith(".") and str(caught.value).count(". ") == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_photo_cut_off_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    whole = encode(noise, kind, **KINDS[kind])
    with pytest.raises(TruncatedPhoto, match="cut off or damaged"):
        read_photo(whole[: round(share * len(whole))])


def test_a_missing_file_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(BadPhoto, match=r"There is no file .*nothing\.heic; check the path\."):
        read_photo(tmp_path / "nothing.heic")
    with pytest.raises(BadPhoto, match="cannot be read"):
        read_photo(tmp_path)


@pytest.mark.shared
def test_real_phone_photos_are_read_as_their_makers_meant(shared_folder: Path) -> None:
    photos = {path.stem: read_photo(path) for path in sorted((shared_folder / "data" / "photos").iterdir())}
    kitchen, pug = photos["iphone13_kitchen"], photos["iphone13pro_dog_depth_gainmap"]
    assert kitchen.radiance.shape == (4032, 3024, 3) and kitchen.color_profile == "Display P3"
    assert kitchen.gain_headroom == pytest.approx(3.12, abs=0.01) and kitchen.radiance.max() > 3
    assert pug.gain_headroom == pytest.approx(2**1.6) and any("partly missing" in note for note in pug.notes)
    assert photos["iphone11_flower"].exif.focal_length_35mm == 26
    assert photos["iphone6_garden"].format == "jpeg"
    assert all(photo.radiance.min() >= 0 and np.isfinite(photo.radiance).all() for photo in photos.values())


def test_a_lossless_white_is_clipped_and_what_is_near_it_is_not() -> None:
    ramp = np.repeat(np.arange(224, 256, dtype=np.uint8)[None, :, None], 32, 0).repeat(3, 2)
    lossless = read_photo(encode(ramp, "PNG"))
    assert np.array_equal(lossless.clipped[0], np.arange(224, 256) >= 254)


def test_one_channel_at_its_top_leaves_brightness_and_hue_nearly_known() -> None:
    """The blue of an evening sky reaches white long before the sky does."""
    colours = np.array([[120, 160, 255], [255, 90, 60], [255, 255, 80], [255, 255, 255]], np.uint8)
    photo = read_photo(encode(np.repeat(np.repeat(colours[None], 32, 0), 8, 1), "PNG"))
    assert photo.clipped[0, ::8].tolist() == [False, False, True, True]


def test_what_was_decoded_already_reads_as_its_file_does(tmp_path: Path) -> None:
    content = encode(chart(), "JPEG")
    (tmp_path / "photo.jpg").write_bytes(content)
    whole, decoded = read_photo(tmp_path / "photo.jpg"), read_photo(decode(content, 1))
    assert np.array_equal(whole.radiance, decoded.radiance)
    assert np.array_equal(whole.clipped, decoded.clipped)
    assert whole.source_sha256 == decoded.source_sha256 == hashlib.sha256(content).hexdigest()


def test_decoding_waits_for_no_compiler() -> None:
    program = "import sys, lucida.imaging.decode; print(sorted({'numba', 'cv2', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
