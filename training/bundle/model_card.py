"""The model card: what a bundle is for, what it was made from, how right it is, written from its own numbers."""

from collections.abc import Mapping

import pandas as pd

from majani.model.bundle import Manifest
from majani.taxonomy import REJECT_CLASSES
from training.figures import Figure, table
from training.sources.description import Source

_CARD = """\
# Model card: Majani bundle {manifest.version}

Tells from a photo of one leaf which of {conditions} conditions on {crops} crops it shows, or that it cannot tell.

- **For**: a first opinion for farmers and extension workers, beside looking at the whole plant and field.
- **Not for**: buying or spraying anything on its word alone, pricing or insuring a harvest, proof of absence of a
  quarantine organism, crops and conditions outside its list, fruits, stems and roots.
- **Network**: {network} at {model.side_px} px, {size:.1f} MB, {model.precision}; pixels go in, \
resizing and calibration
  are part of the graph. sha256 `{model.sha256}`.
- **Made from**: code {provenance.git_commit}, photos {provenance.data_sha256:.12}, \
settings {provenance.params_sha256:.12}, taxonomy {provenance.taxonomy_version}.

## How it decides

Of one photo without a named crop, a condition is named from a probability of {rules.answer:.3f} on; some classes need
more. With a named crop or several photos other thresholds hold. From {rules.reject} on for "no crop leaf" and "no
plant" together, the photo is refused. In between it says the best coarser thing that reaches {rules.coarse}, or that it
does not know. The more a photo differs from all photos that were learned from, the more likely it is taken for a plant
that is not known.

Thresholds and the words on confidence were fitted to places that networks like this one were trained without: the
hardest place decides, by a lower 95 % bound. A pipeline that leaves out no place takes validation photos instead. The
temperature was fitted on validation photos from the field. Nothing was fitted on test photos.

Never named, because they were learned from laboratory photos alone, after which answers in the field are mostly wrong:
{never}.

## How right it is

On photos that neither trained nor tuned anything. Intervals are 95 %, resampled by leaf or burst. "Top-1" counts the
best of all {classes} classes; "among its own" only those of the source's photos, as most published figures do.
"Answered" means that a condition or healthy was named; photos sent back for a better one count as not answered.
Folders that their source's description marks as doubtful are counted apart, as "doubtful folders", and in no other
figure.

{figures}
Sources whose photos come from the web mix many places and cameras; most others were each taken in one place with one.
What to expect from a new field is the figure of the former.

## Data

| source | domain | train | val | test | licence |
|---|---|---|---|---|---|
{data}
Known doubts:

{doubts}
## Licences and attribution

The bundle is made from the sources above and from ImageNet weights: \
{provenance.weights.title} ({provenance.weights.licence}, {provenance.weights.home}).
Licences are as published by the authors; where that is unclear or unverified, the table above says so.

{attributions}
Taxonomy: contains EPPO Codes (European and Mediterranean Plant Protection Organization, https://gd.eppo.int).
"""


def model_card(
    manifest: Manifest, *, figures: Mapping[str, Figure], sources: Mapping[str, Source], photos: pd.DataFrame
) -> str:
    """Write the card from the bundle's evaluation, the described sources and the table of splits."""
    used = [source for source in sources.values() if (photos["source"] == source.id).any()]
    rules, provenance = manifest.rules.thresholds, manifest.provenance
    return _CARD.format(
        manifest=manifest,
        model=manifest.model,
        provenance=provenance,
        rules=rules,
        conditions=len(manifest.classes) - len(REJECT_CLASSES),
        crops=len(manifest.crops),
        classes=len(manifest.classes),
        size=manifest.model.size_bytes / 1e6,
        never=", ".join(sorted(one for one, threshold in rules.per_class.items() if threshold >= 1)) or "none",
        figures=table(figures, sorted(figures)),
        data="".join(_data_row(source, photos) for source in used),
        doubts="".join(f"- **{source.id}**: {' '.join(source.doubts)}\n" for source in used if source.doubts),
        network=provenance.weights.title.partition(" ImageNet")[0],
        attributions="".join(_attribution(source) for source in used),
    )


def _data_row(source: Source, photos: pd.DataFrame) -> str:
    splits = photos.loc[photos["source"] == source.id, "split"]
    numbers = " | ".join(str(int((splits == split).sum())) for split in ("train", "val", "test"))
    name = source.id if source.home is None else f"[{source.id}]({source.home})"
    return f"| {name} | {source.domain} | {numbers} | {source.licence} |\n"


def _attribution(source: Source) -> str:
    passed_on = "" if source.redistributable else " Photos are not passed on."
    return f"- {source.citation} {source.licence}.{passed_on}\n"
