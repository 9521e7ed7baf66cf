"""Deployment comes from the environment, and from nowhere else; starting loads nothing heavy."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from serving.settings import Settings, unknown, variable, what_is_wrong

HEAVY = {"torch", "cv2", "dvc", "pandas", "sklearn", "weasyprint"}


def test_stays_light() -> None:
    program = "import sys, serving.app; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert HEAVY.isdisjoint(loaded)
    # Starts a thread when it is imported, and gunicorn's master forks after importing this.
    assert "onnxruntime" not in loaded


def test_a_misspelt_setting_is_found_among_others() -> None:
    names = ("MAJANI_RATELIMIT", "MAJANI_RATE_LIMIT", "MAJANI_MIRROR", "PATH")
    assert unknown(dict.fromkeys(names, "1")) == ["MAJANI_RATELIMIT"]


@pytest.mark.parametrize("url", ["majani.sqlite3", "sqlite://", "mysql://majani:hush@host/majani", "postgresql:majani"])
def test_database_that_nobody_knows_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError) as failure:
        Settings.from_environment({"MAJANI_DATABASE_URL": url, "MAJANI_PHOTOS_URL": "gs://bucket/photos"})
    said = what_is_wrong(failure.value)
    assert said.startswith("MAJANI_DATABASE_URL: Value error, this is no address")
    assert "MAJANI_PHOTOS_URL: Value error" in said
    assert "hush" not in str(failure.value)


def test_what_somebody_makes_up_is_long_enough() -> None:
    for name in ("metrics_token", "channel_key", "whatsapp_verify_token", "telegram_secret"):
        with pytest.raises(ValidationError, match=rf"{name}\s+Value should have at least 16"):
            Settings.from_environment({variable(name): "0123456789abcde"})


def test_no_age_reaches_back_before_the_first_date() -> None:
    for what in ("diagnosis", "photo", "visit", "delivery"):
        name = f"{what}_retention_days"
        assert getattr(Settings.from_environment({variable(name): "36500"}), name) == 36_500
        with pytest.raises(ValidationError, match=name):
            Settings.from_environment({variable(name): "999999"})


def test_everything_that_is_wrong_stands_in_one_line_by_the_names_of_variables_and_without_secrets() -> None:
    with pytest.raises(ValidationError) as failure:
        Settings.from_environment({"MAJANI_TELEGRAM_TOKEN": "123456:a-token-that-is-private"})
    assert "private" not in str(failure.value)
    # Not one variable but several together: the message names what is missing.
    assert what_is_wrong(failure.value).startswith("Value error, MAJANI_TELEGRAM_SECRET missing")
    with pytest.raises(ValidationError) as failure:
        Settings.from_environment({"MAJANI_METRICS_TOKEN": "short-secret", "MAJANI_MAX_REQUEST_BYTES": "much"})
    said = what_is_wrong(failure.value)
    assert "MAJANI_METRICS_TOKEN: Value should have at least 16" in said
    assert "MAJANI_MAX_REQUEST_BYTES: Input should be a valid integer" in said
    assert "short-secret" not in said
    assert "\n" not in said
