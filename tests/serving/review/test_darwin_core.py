"""Reviewed cases for biodiversity databases: an archive that others read, with nothing that leads to a person."""

import zipfile
from pathlib import Path

import pytest
from dwca.darwincore.terms import TERMS
from dwca.darwincore.utils import qualname
from dwca.read import DwCAReader
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.desk.conftest import DAY, ask
from tests.serving.review.reviewed import send_again

# Younger than the reader's list of terms: https://github.com/tdwg/dwc/issues/181.
VERBATIM = "http://rs.tdwg.org/dwc/terms/verbatimIdentification"
NOTE = "ask Wanjiku about this one"


def named(condition: str) -> NewReview:
    return NewReview(ReviewVerdict.CONDITION, condition, NOTE)


@pytest.fixture
def sent(client: FlaskClient, services: Services, pictures: PictureFactory) -> list[str]:
    """Rust in a known place, several viruses at once, a healthy plant, and one that reviewers disagree about."""
    for name in ("desk of Kisumu", "desk of Busia"):
        AccessTokens(services.engine).create(name, Role.EXTENSION, DAY)
    rust, tungro, spotted = named("bean.rust"), named("rice.tungro"), named("bell_pepper.bacterial_spot")
    said = [[rust, rust], [tungro], [named("bean.healthy")], [rust, spotted], [spotted]]
    ask(client, pictures.red(), consent="photos")
    ids = send_again(services.engine, [(-0.1, 34.8), None, (-0.3, 36.1), None, None])
    for public_id, opinions in zip(ids, said, strict=True):
        for reviewer, review in enumerate(opinions, start=1):
            Reviews(services.engine).save(public_id, reviewer, review)
    return ids


def test_other_programs_read_it_and_it_names_nobody(services: Services, sent: list[str], tmp_path: Path) -> None:
    runner, file = create_command_app(services.settings).test_cli_runner(), tmp_path / "reviews.zip"
    done = runner.invoke(args=["review", "export", str(file), "--format", "darwin-core"])
    assert done.exit_code == 0, done.output
    assert "occurrences 3" in done.stdout
    with DwCAReader(str(file)) as found:
        assert found.descriptor.core.type == qualname("Occurrence")
        assert set(found.descriptor.core.terms) <= {*TERMS, VERBATIM}
        assert found.metadata is not None
        rows = {one.data[VERBATIM]: one.data for one in found}
    rust = {term.rpartition("/")[2]: value for term, value in rows["Bean rust"].items()}
    today = services.repository.cases.find(sent[0]).created_at.date().isoformat()
    assert rust | {"occurrenceID": "", "identificationRemarks": "", "license": ""} == {
        "occurrenceID": "",
        "basisOfRecord": "HumanObservation",
        "occurrenceStatus": "present",
        "eventDate": today,
        "decimalLatitude": "-0.1",
        "decimalLongitude": "34.8",
        "geodeticDatum": "EPSG:4326",
        "coordinateUncertaintyInMeters": "7900",
        "scientificName": "Uromyces appendiculatus",
        "taxonID": "https://gd.eppo.int/taxon/UROMAP",
        "verbatimIdentification": "Bean rust",
        "associatedTaxa": '"host":"Phaseolus vulgaris"',
        "identifiedBy": "r1 | r2",
        "dateIdentified": today,
        "identificationRemarks": "",
        "license": "",
    }
    names = {shown: row[qualname("scientificName")] for shown, row in rows.items()}
    assert names == {
        "Bean rust": "Uromyces appendiculatus",
        "Rice tungro": "",
        "Bacterial spot of pepper": "Xanthomonas",
    }
    assert {row[qualname("decimalLatitude")] for shown, row in rows.items() if shown != "Bean rust"} == {""}
    with zipfile.ZipFile(file) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    secrets = (*(public_id[:8] for public_id in sent), "Wanjiku", "Kisumu")
    assert [secret for secret in secrets if secret in text] == []
    assert file.stat().st_mode & 0o077 == 0
    again = ["review", "export", str(tmp_path / "again.zip"), "--format", "darwin-core"]
    runner.invoke(args=again)
    assert (tmp_path / "again.zip").read_bytes() == file.read_bytes()
    # There, one plant was healthy.
    assert "not_found: " in runner.invoke(args=[*again, "--near", "-0.3,36.1,5"]).stderr
