"""The model card of an adapted bundle: what is new, and below it the card of the bundle that it was made from."""

import re

from majani.model.bundle import Manifest
from training.adaptation.gate import Verdict
from training.adaptation.results import verdict_lines

_HEAD = """\
# Model card: Majani bundle {version}, adapted to {place}

The network of bundle {from_version}, with the conditions of {photos} reviewed photos of
{cases} cases from {place} taught. Its numbers of them hold in this place; use it there.

```
{lines}
```

What follows is the card of {from_version}. Its figures are not those of this bundle.

"""


def adapted_card(manifest: Manifest, verdict: Verdict, before: str) -> str:
    """The card in Markdown; ``before`` is that of the bundle that was adapted."""
    about = manifest.adapted_to
    if about is None:
        raise ValueError(f"bundle {manifest.version} is not adapted to a place")
    lines = "\n".join(verdict_lines(verdict))
    head = _HEAD.format(version=manifest.version, **about.model_dump(), lines=lines)
    return head + re.sub("^#", "##", before, flags=re.MULTILINE)
