from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucida.config import Settings, get_settings, setting_source
from lucida.errors import BadSetting


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting is set: each test sets its own, and reads `.env` from an empty folder."""
    for name in ("PORT", "API_PORT", "LUCIDA_PORT", "CUBE_RES", "DEBUG", "LUCIDA_EV_OFFSETS", "LUCIDA_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_every_setting_works_without_any_variable() -> None:
    settings = get_settings()
    assert settings.port == 8000
    assert settings.ev_offsets == [-3.0, -1.0, 0.0, 1.0, 3.0]
    assert setting_source("port") == "default"


def test_a_checkout_keeps_its_data_whatever_folder_a_command_is_given_in(repository: Path) -> None:
    assert get_settings().data_dir == repository / "data"


def test_an_installed_package_keeps_its_data_with_the_users_other_data(repository: Path, tmp_path: Path) -> None:
    installed = tmp_path / "lib" / "site-packages"
    shutil.copytree(repository / "src", installed, ignore=shutil.ignore_patterns("static", "__pycache__"))
    code = "import lucida, lucida.config as c; print(lucida.__file__, c.get_settings().data_dir, sep='\\n')"
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    where, data = told.stdout.splitlines()
    assert Path(where).is_relative_to(installed)
    assert Path(data).is_relative_to(tmp_path)
    assert not Path(data).is_relative_to(tmp_path / "lib")
    assert Path(data).name == "lucida"


def test_the_specifications_bare_name_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_RES", "512")
    assert get_settings().cube_res == 512
    assert setting_source("cube_res") == "CUBE_RES"


def test_our_name_wins_over_the_bare_one_and_api_port_over_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8001")
    monkeypatch.setenv("API_PORT", "8002")
    assert Settings().port == 8002
    monkeypatch.setenv("LUCIDA_PORT", "8003")
    assert Settings().port == 8003
    assert setting_source("port") == "LUCIDA_PORT"


def test_our_name_in_the_file_wins_over_a_bare_name_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("LUCIDA_PORT=7000\n")
    monkeypatch.setenv("PORT", "8001")
    assert Settings().port == 7000
    assert setting_source("port") == "LUCIDA_PORT in .env"
    monkeypatch.setenv("LUCIDA_PORT", "7001")
    assert Settings().port == 7001


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert get_settings().port == 8000
    assert setting_source("port") == "default"


def test_a_value_that_does_not_work_is_one_sentence_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIDA_PORT", "eighty")
    with pytest.raises(BadSetting, match=r"^LUCIDA_PORT='eighty' does not work: .*integer.*\.$"):
        get_settings()


def test_exposures_are_read_from_a_comma_separated_list_that_holds_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIDA_EV_OFFSETS", "-2, 0, 2")
    assert get_settings().ev_offsets == [-2.0, 0.0, 2.0]
    get_settings.cache_clear()
    monkeypatch.setenv("LUCIDA_EV_OFFSETS", "-2,2")
    with pytest.raises(BadSetting, match="must hold 0"):
        get_settings()


def test_a_panorama_is_twice_as_wide_as_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIDA_PANORAMA_WIDTH", "4096")
    with pytest.raises(BadSetting, match="4096x4096"):
        get_settings()


def test_a_shells_debug_variable_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "1")
    assert "debug" not in Settings.model_fields


def test_the_secret_key_does_not_show_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "hush-hush")
    assert "hush-hush" not in repr(get_settings())
