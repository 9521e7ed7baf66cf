"""Reviewed cases as a Darwin Core Archive: what was found on which host, when, and roughly where.

Terms are those of https://dwc.tdwg.org/terms/, files those of https://dwc.tdwg.org/text/. There is a row for each case
of whose cause more than half of the reviewers are sure; a healthy plant or a deficiency shows no organism. As in the
export for training, cases and reviewers have pseudonyms and notes stay at the desk; photos stay in the store.
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from majani.taxonomy import Condition, Kind, Taxonomy
from serving.persistence.case_record import case_pseudonym
from serving.persistence.review_record import expert_word
from serving.persistence.reviews import ReviewedCase
from serving.review.export import as_csv, by_pseudonym, whole_file

# What senders agreed to.
_LICENSE = "Left with this service to improve its model; not to be passed on without asking"
# Half the diagonal of a tenth of a degree at the equator, where it is longest.
_UNCERTAINTY_M = "7900"
_DWC, _DCTERMS = "http://rs.tdwg.org/dwc/terms/", "http://purl.org/dc/terms/"
_DATA_FILE = "occurrence.txt"
_META = """<?xml version="1.0" encoding="UTF-8"?>
<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">
  <core encoding="UTF-8" fieldsTerminatedBy="," linesTerminatedBy="\\n" fieldsEnclosedBy="&quot;" ignoreHeaderLines="1"
        rowType="{row_type}">
    <files><location>{file}</location></files>
    <id index="0"/>
{fields}
  </core>
</archive>
"""
_EML = """<?xml version="1.0" encoding="UTF-8"?>
<eml:eml xmlns:eml="https://eml.ecoinformatics.org/eml-2.2.0" packageId="majani-reviewed-cases" system="majani">
  <dataset>
    <title>Crop diseases and pests on photos that farmers left with a Majani service, reviewed by experts</title>
    <creator><organizationName>The operator of the service</organizationName></creator>
    <language>en</language>
    <abstract><para>Each occurrence is what most reviewers saw on photos of one plant, not what a laboratory found. Its
      date is the day on which the photos came in, its place is rounded to a tenth of a degree. Senders chose what to
      photograph, so absence means nothing.</para></abstract>
    <intellectualRights><para>{license}.</para></intellectualRights>
    <contact><organizationName>The operator of the service</organizationName></contact>
  </dataset>
</eml:eml>
"""


def occurrences(reviewed: Iterable[ReviewedCase], taxonomy: Taxonomy) -> list[dict[str, str]]:
    """What was found, by term; all have the same terms in the same order."""
    conditions = {
        condition.id: condition
        for condition in taxonomy.conditions
        if condition.kind not in (Kind.HEALTHY, Kind.DEFICIENCY)
    }
    hosts = {crop.id: crop.scientific for crop in taxonomy.crops}
    words = ((entry, expert_word(entry.reviews)) for entry in by_pseudonym(reviewed))
    return [
        _occurrence(entry, conditions[word.condition], hosts)
        for entry, word in words
        if word is not None and word.condition in conditions
    ]


def _occurrence(entry: ReviewedCase, condition: Condition, hosts: Mapping[str, str]) -> dict[str, str]:
    agreeing = [review for review in entry.reviews if review.review.condition == condition.id]
    place = entry.case.location
    # "Colletotrichum spp." is a genus. Several organisms that look the same are no taxon.
    name = (condition.cause or "").removesuffix(" spp.")
    return {
        "occurrenceID": case_pseudonym(entry.case.public_id),
        "basisOfRecord": "HumanObservation",
        "occurrenceStatus": "present",
        "eventDate": entry.case.created_at.date().isoformat(),
        "decimalLatitude": f"{place.latitude:.1f}" if place else "",
        "decimalLongitude": f"{place.longitude:.1f}" if place else "",
        "geodeticDatum": "EPSG:4326" if place else "",
        "coordinateUncertaintyInMeters": _UNCERTAINTY_M if place else "",
        "scientificName": "" if "," in name or " and " in name else name,
        "taxonID": f"https://gd.eppo.int/taxon/{condition.eppo}" if condition.eppo else "",
        "verbatimIdentification": condition.names[0],
        "associatedTaxa": f'"host":"{hosts[condition.crop]}"',
        "identifiedBy": " | ".join(f"r{review.reviewer}" for review in agreeing),
        "dateIdentified": max(review.reviewed_at for review in agreeing).date().isoformat(),
        "identificationRemarks": f"{condition.id} on photos, by {len(agreeing)} of {len(entry.reviews)} reviewers",
        "license": _LICENSE,
    }


def write_darwin_core(rows: Sequence[Mapping[str, str]], target: Path) -> None:
    """Write the archive of at least one occurrence, which appears when it is complete, or raise OSError."""
    fields = "\n".join(
        f'    <field index="{index}" term="{_DCTERMS if term == "license" else _DWC}{term}"/>'
        for index, term in enumerate(rows[0])
    )
    files = {
        _DATA_FILE: as_csv([list(rows[0]), *(list(row.values()) for row in rows)]),
        "meta.xml": _META.format(row_type=f"{_DWC}Occurrence", file=_DATA_FILE, fields=fields).encode(),
        "eml.xml": _EML.format(license=_LICENSE).encode(),
    }
    with whole_file(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # Without the time, so that the same content makes the same file.
            archive.writestr(zipfile.ZipInfo(name), content)
