"""Reads the folder of texts: taxonomy, facts, and one folder for each language.

The service reads and checks the whole folder once, at start: a service with half its advice would give it to some
people and not to others. The files are YAML, because people write and review it well. No client gets the YAML.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml

from majani.errors import LanguageError
from majani.model.bundle import Manifest
from majani.taxonomy import Taxonomy, parse_taxonomy
from majani.text.advice import Adviser, parse_facts
from majani.text.language import ENGLISH, OTHER_CAUSES, Language, parse_language
from majani.text.practice import parse_practices

TAXONOMY_FILE = "taxonomy.yaml"
ADVICE_DIR = "advice"
LANGUAGES_DIR = "languages"
LANGUAGE_FILE = "language.yaml"
NAMES_FILE = "names.yaml"
# In the folder of facts: what there is. In that of a language: what is said of it.
PRACTICES_FILE = "practices.yaml"

_BOOL_TAG = "tag:yaml.org,2002:bool"
# In C where PyYAML was built with it: a tenth of the time, for more than a megabyte at every start.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML in which `on`, `no` and `yes` are words, and an entry that stands twice is an error."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL_TAG]
        for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = [str(key.value) for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(_BOOL_TAG, re.compile("^(true|false)$"), ["t", "f"])


def read_adviser(directory: Path, manifest: Manifest) -> Adviser:
    """Read and check everything that may be said about the conditions that the bundle can name.

    Raises:
        LanguageError: If a file is missing, or names or advice are incomplete or contradictory.
        TaxonomyError: If the taxonomy contradicts itself.
    """
    taxonomy = parse_taxonomy(read_yaml(directory / TAXONOMY_FILE))
    facts = parse_facts(read_by_crop(directory / ADVICE_DIR, taxonomy), taxonomy)
    practices = parse_practices(read_yaml(directory / ADVICE_DIR / PRACTICES_FILE))
    adviser = Adviser(taxonomy, facts, read_languages(directory / LANGUAGES_DIR, taxonomy), practices)
    known = {condition.id for condition in taxonomy.conditions}
    unknown = [entry.id for entry in manifest.classes if entry.crop and not entry.is_other and entry.id not in known]
    # What a district has taught may have texts later.
    if unknown and manifest.adapted_to is None:
        raise LanguageError(f"{directory}: no advice on {unknown}, which bundle {manifest.version} can name")
    return adviser


def read_languages(directory: Path, taxonomy: Taxonomy) -> Mapping[str, Language]:
    """Read the language folders by tag, with English first, which stands in for what is not translated yet.

    Raises:
        LanguageError: If a file is missing or contradictory, or English is incomplete or not among them.
    """
    tags = sorted(file.parent.name for file in directory.glob(f"*/{LANGUAGE_FILE}"))
    if ENGLISH not in tags:
        raise LanguageError(f"{directory}: there is no {ENGLISH}/{LANGUAGE_FILE}")
    english = _read_language(directory / ENGLISH, taxonomy)
    others = {tag: _read_language(directory / tag, taxonomy, english) for tag in tags if tag != ENGLISH}
    return {ENGLISH: english, **others}


def read_by_crop(directory: Path, taxonomy: Taxonomy, *, has_gaps: bool = False) -> Mapping[str, Any]:
    """Read one file of entries for each crop, and that of other causes; raises LanguageError if one is elsewhere."""
    entries: dict[str, Any] = {}
    for name in (*(crop.id for crop in taxonomy.crops), OTHER_CAUSES):
        file = directory / f"{name}.yaml"
        if has_gaps and not file.exists():
            continue
        content = read_yaml(file)
        strays = [key for key in content if str(key).split(".")[0] != name]
        if strays:
            raise LanguageError(f"{file}: {strays} is not about {name}")
        entries |= content
    return entries


def read_yaml(file: Path) -> Mapping[str, Any]:
    """Read one file; raises LanguageError if it is missing, no YAML, or no mapping."""
    try:
        content = yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506 - it is safe, see above
    except OSError as error:
        raise LanguageError(f"{file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LanguageError(f"{file}: this is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise LanguageError(f"{file}: expected a mapping, got {type(content).__name__}")
    return content


def _read_language(folder: Path, taxonomy: Taxonomy, english: Language | None = None) -> Language:
    described = read_yaml(folder / LANGUAGE_FILE)
    if described.get("tag") != folder.name:
        raise LanguageError(f"{folder / LANGUAGE_FILE}: tag is {described.get('tag')!r}, the folder {folder.name!r}")
    names = read_yaml(folder / NAMES_FILE)
    advice = read_by_crop(folder / ADVICE_DIR, taxonomy, has_gaps=english is not None)
    sentences = folder / PRACTICES_FILE
    said = {} if english is not None and not sentences.exists() else read_yaml(sentences)
    return parse_language({**described, **said, "names": names, "advice": advice}, taxonomy, english)
