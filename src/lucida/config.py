"""Every setting, in one table.

`LUCIDA_X` names a setting; where a specification gives a bare name (`CUBE_RES`), that is read too and `LUCIDA_X` wins,
wherever the two stand. What the environment says wins over the same name in `.env`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from lucida.errors import BadSetting

SceneType = Literal["auto", "outdoor", "indoor", "night"]


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.strip("[] ").split(",") if part.strip()]
    return value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


def _setting(default: Any, sentence: str, *bare: str, name: str, **rules: Any) -> Any:
    """A field read from `LUCIDA_<NAME>` or, failing that, from a specification's bare name."""
    return Field(default, description=sentence, validation_alias=AliasChoices(f"LUCIDA_{name}", *bare), **rules)


def _default_data_dir() -> Path:
    """`data` in the checkout that this file is run from, as start.sh does; elsewhere the user's data folder."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "start.py").is_file():
        return checkout / "data"
    return Path(platformdirs.user_data_dir("lucida", appauthor=False))


class _Variables(DotEnvSettingsSource):
    """The environment laid over `.env`, so that `LUCIDA_PORT` in either wins over a bare `PORT` in either."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        environment = {name.lower(): value for name, value in os.environ.items() if value}
        return {**super()._load_env_vars(), **environment}


class Settings(BaseSettings):
    """What can be set, from the environment or from `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True, frozen=True
    )

    # Where things live
    data_dir: Path = _setting(
        _default_data_dir(),
        "Folder of the database, the results and the uploads.",
        "DATA_DIR",
        name="DATA_DIR",
    )
    database_url: SecretStr | None = _setting(
        None,
        "Postgres for the rows, as postgresql://user:password@host:port/name; empty for SQLite in the data folder.",
        "DATABASE_URL",
        "SUPABASE_DB_URL",
        name="DATABASE_URL",
    )
    database_direct_url: SecretStr | None = _setting(
        None,
        "The same Postgres past a transaction pooler, for `lucida migrate`.",
        "DATABASE_DIRECT_URL",
        name="DATABASE_DIRECT_URL",
    )
    database_connections: int = _setting(
        16, "Most connections to Postgres that one process holds.", name="DATABASE_CONNECTIONS", ge=2, le=1000
    )
    storage: Literal["local", "s3"] = _setting(
        "local", "Where files are kept: local is the data folder, s3 an object storage.", name="STORAGE"
    )
    s3_endpoint: str = _setting(
        "", "Address of the object storage; empty for Amazon's.", "SUPABASE_S3_ENDPOINT", name="S3_ENDPOINT"
    )
    s3_region: str = _setting("us-east-1", "Region of the object storage.", "SUPABASE_S3_REGION", name="S3_REGION")
    s3_access_key: SecretStr | None = _setting(
        None,
        "Access key of the object storage; empty to find one as Amazon's own tools do.",
        "SUPABASE_S3_ACCESS_KEY",
        name="S3_ACCESS_KEY",
    )
    s3_secret_key: SecretStr | None = _setting(
        None, "Secret of that key.", "SUPABASE_S3_SECRET_KEY", name="S3_SECRET_KEY"
    )
    s3_bucket_prefix: str = _setting(
        "",
        "What every bucket's name begins with, as in acme- for acme-generations.",
        name="S3_BUCKET_PREFIX",
        pattern=r"^([a-z0-9][a-z0-9.-]{0,40})?$",
    )
    s3_public_endpoint: str = _setting(
        "",
        "Address at which browsers reach the object storage: files are then fetched there, by signed links; empty to "
        "send them from here.",
        name="S3_PUBLIC_ENDPOINT",
    )
    s3_link_seconds: int = _setting(300, "Seconds that a signed link works.", name="S3_LINK_SECONDS", ge=10, le=604800)
    # The server
    host: str = _setting("127.0.0.1", "Address the server listens on.", name="HOST")
    port: int = _setting(8000, "Port the server listens on.", "API_PORT", "PORT", name="PORT", ge=1, le=65535)
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)] = _setting(
        ["127.0.0.1", "localhost", "[::1]"],
        "Host names the server answers to, comma-separated.",
        name="ALLOWED_HOSTS",
    )
    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)] = _setting(
        ["https://captaingraybeard.github.io", "http://localhost:*"],
        "Origins whose pages may ask for point clouds and read them, comma-separated; `:*` is any port.",
        "CORS_ORIGINS",
        name="CORS_ORIGINS",
    )
    auth: Literal["none", "token"] = _setting(
        "none", "Who may use the server: none asks nobody to log in, token asks everybody for one.", name="AUTH"
    )
    trusted_network: bool = _setting(
        False, "Serve on an address other machines reach although nobody has to log in.", name="TRUSTED_NETWORK"
    )
    https: bool = _setting(
        False,
        "Browsers come by https alone, through a proxy in front: cookies go no other way, and browsers are told so.",
        name="HTTPS",
    )
    secret_key: SecretStr | None = _setting(
        None,
        "Key that signs sessions; made once and kept in the data folder where it is not given.",
        "DJANGO_SECRET_KEY",
        name="SECRET_KEY",
    )
    max_upload_mb: int = _setting(100, "Largest upload, in megabytes.", name="MAX_UPLOAD_MB", ge=1)
    max_photo_megapixels: int = _setting(120, "Largest photo, in megapixels.", name="MAX_PHOTO_MEGAPIXELS", ge=1)
    images_per_hour: int = _setting(
        50, "Pictures a user may ask for in an hour; 0 is no limit.", name="IMAGES_PER_HOUR", ge=0
    )
    images_at_once: int = _setting(
        2, "Pictures a user may have in the making at once; 0 is no limit.", name="IMAGES_AT_ONCE", ge=0
    )
    requests_per_minute: int | None = _setting(
        None,
        "Requests that write which a user may send in a minute; 0 is no limit. Where it is not given, 300 where one "
        "has to log in and no limit elsewhere.",
        name="REQUESTS_PER_MINUTE",
        ge=0,
    )
    jobs_at_once: int | None = _setting(
        None,
        "Jobs of a user that may wait or run at once; 0 is no limit. Where it is not given, 50 where one has to log in "
        "and no limit elsewhere.",
        name="JOBS_AT_ONCE",
        ge=0,
    )
    storage_mb_per_user: int | None = _setting(
        None,
        "Megabytes of files that a user may keep; 0 is no limit. Where it is not given, 20480 where one has to log in "
        "and no limit elsewhere.",
        name="STORAGE_MB_PER_USER",
        ge=0,
    )
    gpu_seconds_per_day: int | None = _setting(
        None,
        "Seconds that a user's jobs may have on a GPU in 24 hours; 0 is no limit. Where it is not given, 28800 where "
        "one has to log in and no limit elsewhere.",
        name="GPU_SECONDS_PER_DAY",
        ge=0,
    )
    max_image_file_size: int = _setting(
        10 * 1024 * 1024,
        "Largest file of a picture from words, in bytes; a PNG beyond it is kept as WebP or JPEG.",
        "MAX_IMAGE_FILE_SIZE",
        name="MAX_IMAGE_FILE_SIZE",
        ge=4096,
    )
    max_queued_jobs: int = _setting(200, "Most jobs that may wait at once.", name="MAX_QUEUED_JOBS", ge=1)
    log_format: Literal["text", "json"] = _setting(
        "text", "Form of the log: text to read, or json for programs, one record a line.", name="LOG_FORMAT"
    )
    # Jobs
    workers: int = _setting(1, "Worker processes that `lucida serve` starts.", name="WORKERS", ge=0, le=64)
    lease_seconds: float = _setting(
        15.0, "Seconds after which a job whose worker fell silent is taken over.", name="LEASE_SECONDS", gt=0
    )
    finish_seconds: float = _setting(
        0.0,
        "Seconds that a stopped worker may still take for the job in hand before it hands it back.",
        name="FINISH_SECONDS",
        ge=0,
        le=3600,
    )
    celery_broker_url: SecretStr | None = _setting(
        None,
        "Redis through which workers on several machines hear of jobs, redis://host:6379/0; without it they ask the "
        "database.",
        "CELERY_BROKER_URL",
        name="CELERY_BROKER_URL",
    )
    max_attempts: int = _setting(3, "Times a job that failed for a passing reason is tried.", name="MAX_ATTEMPTS", ge=1)
    keep_days: int = _setting(
        30, "Days a finished job's files are kept; 0 keeps them for ever.", name="KEEP_DAYS", ge=0
    )
    images_keep_days: int = _setting(
        30, "Days a picture from words is kept; 0 keeps it for ever.", name="IMAGES_KEEP_DAYS", ge=0, le=36500
    )
    # Engines
    painter: str = _setting("auto", "Painter of new jobs: auto, draft or sdxl.", "AI_ENGINE", name="PAINTER")
    device: Literal["auto", "cpu", "cuda"] = _setting("auto", "Where models run: auto, cpu or cuda.", name="DEVICE")
    sdxl_model: str = _setting(
        "stabilityai/stable-diffusion-xl-base-1.0",
        "SDXL's weights: a folder, or a name on the Hugging Face hub.",
        "SDXL_MODEL",
        name="SDXL_MODEL",
    )
    sdxl_vae: str = _setting(
        "madebyollin/sdxl-vae-fp16-fix",
        "SDXL's decoder on a GPU, where the model's own overflows half precision; a folder or a name.",
        "SDXL_VAE",
        name="SDXL_VAE",
    )
    sdxl_lightning_model: str = _setting(
        "ByteDance/SDXL-Lightning",
        "SDXL-Lightning's UNet, used with the rest of SDXL: a folder with the files of the hub, or a name there.",
        name="SDXL_LIGHTNING_MODEL",
    )
    sdxl_lightning_steps: Annotated[Literal[2, 4, 8], BeforeValidator(_whole)] = _setting(
        4, "Steps that SDXL-Lightning paints in: 2, 4 or 8; each has its own weights.", name="SDXL_LIGHTNING_STEPS"
    )
    sdxl_controlnet: str = _setting(
        "xinsir/controlnet-union-sdxl-1.0",
        "ControlNet that SDXL follows guides with: a folder, or a name on the Hugging Face hub.",
        name="SDXL_CONTROLNET",
    )
    torch_compile: bool = _setting(
        False,
        "Compile a model's repeated blocks on a GPU: minutes at its first picture, faster then.",
        name="TORCH_COMPILE",
    )
    flux_schnell_model: str = _setting(
        "black-forest-labs/FLUX.1-schnell",
        "FLUX.1 [schnell]'s weights: a folder, or a name on the Hugging Face hub.",
        name="FLUX_SCHNELL_MODEL",
    )
    seg_model: str = _setting(
        "auto",
        "What tells the things in a picture: auto, draft, sam2+maskformer, maskformer or segformer.",
        "SEG_MODEL",
        name="SEG_MODEL",
    )
    sam2_model: str = _setting(
        "facebook/sam2.1-hiera-small",
        "SAM 2's weights: a folder, or a name on the Hugging Face hub.",
        name="SAM2_MODEL",
    )
    maskformer_model: str = _setting(
        "facebook/maskformer-swin-large-ade",
        "MaskFormer's weights, taught ADE20K: a folder, or a name on the hub.",
        name="MASKFORMER_MODEL",
    )
    segformer_model: str = _setting(
        "nvidia/segformer-b4-finetuned-ade-512-512",
        "SegFormer's weights, or those of another model with ADE20K's labels: a folder, or a name on the hub.",
        name="SEGFORMER_MODEL",
    )
    depth_model: str = _setting(
        "auto",
        "What tells depth: auto, draft, depthpro, dav2large, dav2small or midas.",
        "DEPTH_MODEL",
        name="DEPTH_MODEL",
    )
    depthpro_model: str = _setting(
        "apple/DepthPro-hf",
        "DepthPro's weights: a folder, or a name on the Hugging Face hub.",
        name="DEPTHPRO_MODEL",
    )
    dav2large_model: str = _setting(
        "depth-anything/Depth-Anything-V2-Large-hf",
        "Depth Anything V2 Large's weights: a folder, or a name on the Hugging Face hub.",
        name="DAV2LARGE_MODEL",
    )
    dav2small_model: str = _setting(
        "depth-anything/Depth-Anything-V2-Small-hf",
        "Depth Anything V2 Small's weights: a folder, or a name on the Hugging Face hub.",
        name="DAV2SMALL_MODEL",
    )
    midas_model: str = _setting(
        "Intel/dpt-large",
        "MiDaS' weights, DPT-Large's: a folder, or a name on the Hugging Face hub.",
        name="MIDAS_MODEL",
    )
    inference_service_url: str = _setting(
        "",
        "Another Lucida that paints pictures from words for this one; empty where this one paints.",
        "INFERENCE_SERVICE_URL",
        name="INFERENCE_SERVICE_URL",
    )
    inference_service_api_key: SecretStr | None = _setting(
        None, "Token of that Lucida.", "INFERENCE_SERVICE_API_KEY", name="INFERENCE_SERVICE_API_KEY"
    )
    openai_api_key: SecretStr | None = _setting(
        None, "Key with which openai paints, at OpenAI and at its price.", name="OPENAI_API_KEY"
    )
    openai_base_url: str = _setting(
        "https://api.openai.com/v1", "Where openai paints: OpenAI, or what speaks its API.", name="OPENAI_BASE_URL"
    )
    openai_model: str = _setting(
        "gpt-image-2.5-sunburst", "Model that openai paints with.", name="OPENAI_MODEL", min_length=1
    )
    openai_seconds: float = _setting(
        180.0, "Seconds that openai may take for a picture.", name="OPENAI_SECONDS", gt=0, le=3600
    )
    bfl_api_key: SecretStr | None = _setting(
        None, "Key with which flux-pro paints, at Black Forest Labs and at their price.", name="BFL_API_KEY"
    )
    bfl_base_url: str = _setting(
        "https://api.bfl.ai/v1", "Where flux-pro paints: Black Forest Labs' API.", name="BFL_BASE_URL"
    )
    bfl_model: str = _setting("flux-pro-1.1", "Model that flux-pro paints with.", name="BFL_MODEL", min_length=1)
    # HDR panoramas
    cube_res: int = _setting(2048, "Pixels along an edge of a cube face.", "CUBE_RES", name="CUBE_RES", ge=64, le=8192)
    panorama_width: int = _setting(
        8192, "Width of the panorama in pixels.", "PANORAMA_WIDTH", name="PANORAMA_WIDTH", ge=256, le=16384
    )
    panorama_height: int = _setting(
        4096,
        "Height of the panorama in pixels; half its width.",
        "PANORAMA_HEIGHT",
        name="PANORAMA_HEIGHT",
        ge=128,
        le=8192,
    )
    ev_offsets: Annotated[list[float], NoDecode, BeforeValidator(_comma_separated)] = _setting(
        [-3.0, -1.0, 0.0, 1.0, 3.0],
        "Exposures that are merged, in stops, comma-separated; 0 must be among them.",
        "EV_OFFSETS",
        name="EV_OFFSETS",
    )
    ai_face_res: int = _setting(
        1024, "Pixels along an edge of a face as a model paints it.", "AI_FACE_RES", name="AI_FACE_RES", ge=64, le=4096
    )
    ai_steps: int = _setting(25, "Denoising steps of a model per face.", "AI_STEPS", name="AI_STEPS", ge=1, le=150)
    ai_cfg_scale: float = _setting(
        4.0, "How closely a model follows the prompt.", "AI_CFG_SCALE", name="AI_CFG_SCALE", ge=0, le=30
    )
    ai_strength_original: float = _setting(
        0.3,
        "How much a model may change a face that holds part of the photo, 0 to 1.",
        "AI_STRENGTH_ORIGINAL",
        name="AI_STRENGTH_ORIGINAL",
        ge=0,
        le=1,
    )
    ai_denoise_new: float = _setting(
        0.8,
        "How much a model may change a face the photo does not reach, 0 to 1.",
        "AI_DENOISE_NEW",
        name="AI_DENOISE_NEW",
        ge=0,
        le=1,
    )

    @field_validator("ev_offsets")
    @classmethod
    def _has_the_middle_exposure(cls, offsets: list[float]) -> list[float]:
        if 0.0 not in offsets or len(set(offsets)) != len(offsets):
            raise ValueError("must hold 0 and no exposure twice")
        return offsets

    @model_validator(mode="after")
    def _is_twice_as_wide_as_high(self) -> Settings:
        if self.panorama_width != 2 * self.panorama_height:
            raise ValueError(
                "LUCIDA_PANORAMA_HEIGHT must be half of LUCIDA_PANORAMA_WIDTH "
                f"({self.panorama_width}x{self.panorama_height} is not)"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Variables(settings_cls)


def _sentence(error: ValidationError) -> str:
    """The first complaint, as `NAME: what is wrong`."""
    first = error.errors(include_url=False)[0]
    what = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return f"{what}."
    return f"{first['loc'][0]}={first['input']!r} does not work: {what[:1].lower()}{what[1:]}."


@functools.cache
def get_settings() -> Settings:
    """The settings of this process, read once; BadSetting names the variable that does not work."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSetting(_sentence(error)) from error


def setting_variables(name: str) -> tuple[str, ...]:
    """The variables a setting is read from, the strongest first."""
    alias = Settings.model_fields[name].validation_alias
    return tuple(str(choice) for choice in alias.choices) if isinstance(alias, AliasChoices) else ()


def setting_source(name: str) -> str:
    """Where the setting's value came from: a variable's name, the same with ` in .env`, or `default`."""
    in_file = {key.upper() for key, value in DotEnvSettingsSource(Settings).env_vars.items() if value}
    environment = {key.upper() for key, value in os.environ.items() if value}
    for variable in setting_variables(name):
        if variable in environment:
            return variable
        if variable in in_file:
            return f"{variable} in .env"
    return "default"
