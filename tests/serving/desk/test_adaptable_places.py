"""From reviews of one place to the file that an adaptation takes: the page says when, and its command does it."""

import re
import shlex
import tarfile
from html import unescape
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from serving.app import create_command_app
from serving.container import Services
from serving.overview.adaptable_places import ENOUGH_PHOTOS
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.desk.conftest import MakeToken, ask
from tests.serving.review.reviewed import send_again
from tests.training.described import PARAMS_FILE
from training.artifacts.files import read_taxonomy
from training.reviews.export import read_export
from training.settings import read_params

RUST, SPOT, NEW = (
    NewReview(ReviewVerdict.CONDITION, f"{one}") for one in ("bean.rust", "bean.angular_leaf_spot", "coffee.rust")
)
KISUMU, NAKURU = (-0.1, 34.8), (-0.3, 36.1)


@pytest.fixture
def reviewed(client: FlaskClient, pictures: PictureFactory, services: Services, make_token: MakeToken) -> None:
    """Ten photos of five plants for each of two conditions in Kisumu; elsewhere too few, or nothing that is known."""
    make_token()
    given = [(KISUMU, RUST)] * 5 + [(KISUMU, SPOT)] * 5 + [(NAKURU, RUST)] * 4 + [(NAKURU, NEW)] * 5 + [(None, RUST)]
    ask(client, pictures.red(), pictures.leaf(), consent="photos")
    for public_id, (_, review) in zip(send_again(services.engine, [place for place, _ in given]), given, strict=True):
        Reviews(services.engine).save(public_id, 1, review)


def run(app: Flask, *args: str) -> Result:
    services: Services = app.extensions["majani"]
    return create_command_app(services.settings).test_cli_runner().invoke(args=args)


@pytest.mark.usefixtures("reviewed")
def test_page_says_which_place_has_enough_and_its_command_exports_it(
    app: Flask, client: FlaskClient, agronomist: dict[str, str], make_token: MakeToken, tmp_path: Path
) -> None:
    extension = {"Authorization": f"Bearer {make_token()}"}
    assert 'id="adaptable"' not in client.get("/desk/overview", headers=extension).text
    page = client.get("/desk/overview?language=en", headers=agronomist).text.partition('id="adaptable"')[2]
    section = page.partition("</section>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", section) == [
        "Angular leaf spot of bean",
        "at least 10",
        "Bean rust",
        "at least 10",
    ]
    assert "36.1" not in section
    export, adapt = (shlex.split(unescape(one)) for one in re.findall("<pre[^>]*>([^<]*)</pre>", section))
    assert export[:1] == ["majani-admin"]
    name = export[3]
    assert name in adapt
    done = run(app, "review", "export", str(tmp_path / name), *export[4:])
    assert done.exit_code == 0, done.output
    assert "cases 10, photos 20, reviews 10" in done.stdout
    with tarfile.open(tmp_path / name) as archive:
        archive.extractall(tmp_path / "raw", filter="data")
    found = read_export(tmp_path / "raw", read_taxonomy())
    assert {review.condition for review in found.reviews} == {"bean.rust", "bean.angular_leaf_spot"}
    # As the crow flies, the two places are 146.2 km apart.
    for km, cases in (("146", 9), ("147", 19)):
        assert f"cases {cases}," in run(app, "review", "export", str(tmp_path / name), f"--near=-0.3,36.1,{km}").stdout


def test_other_places_are_refused_and_nothing_is_written(app: Flask, tmp_path: Path) -> None:
    nowhere = ("kisumu", "0,1", "91,0,5", "0,181,5", "0,0,0", "nan,0,5", "0,0,inf")
    for near, code in [*((one, "request_invalid") for one in nowhere), ("34.8,-0.1,5", "not_found")]:
        done = run(app, "review", "export", str(tmp_path / "place.tar"), "--near", near)
        assert done.exit_code != 0, near
        assert f"{code}: " in done.stderr, near
    assert not (tmp_path / "place.tar").exists()


def test_enough_is_what_adaptations_were_measured_with() -> None:
    params = read_params(PARAMS_FILE).adapt
    assert params.min_photos <= ENOUGH_PHOTOS == params.photos
