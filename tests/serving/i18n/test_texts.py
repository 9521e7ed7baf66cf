"""Reading the folder of texts: whole and sound, or not at all."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from majani.errors import LanguageError, TaxonomyError
from majani.model.bundle import Adaptation, ClassEntry, Manifest
from serving.i18n.catalogue import load_catalogues
from serving.i18n.messages import NOT_TRANSLATED
from serving.i18n.phrasing import Wording
from serving.i18n.texts import read_adviser, read_yaml

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture
def texts_dir(tmp_path: Path) -> Path:
    """A copy of the shipped texts that may be spoilt, in English only."""
    shutil.copy(DATA / "taxonomy.yaml", tmp_path)
    shutil.copytree(DATA / "advice", tmp_path / "advice")
    shutil.copytree(DATA / "languages/en", tmp_path / "languages/en")
    return tmp_path


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(directory: Path) -> None:
        text = (directory / file).read_text(encoding="utf-8")
        assert old in text
        (directory / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def remove(file: str) -> Callable[[Path], None]:
    return lambda directory: (directory / file).unlink()


def swap(one: str, other: str) -> Callable[[Path], None]:
    def spoil(directory: Path) -> None:
        (directory / one).rename(directory / "kept")
        (directory / other).rename(directory / one)
        (directory / "kept").rename(directory / other)

    return spoil


def write(file: str, content: bytes) -> Callable[[Path], object]:
    return lambda directory: (directory / file).write_bytes(content)


EN, THIRST, COLD = "languages/en/language.yaml", "other_causes.thirst:", "other_causes.cold:"
IN_BEAN, IN_MAIZE = (f"languages/en/advice/{crop}.yaml" for crop in ("bean", "maize"))
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no taxonomy": (remove("taxonomy.yaml"), "taxonomy.yaml"),
    "a taxonomy that contradicts itself": (replace("taxonomy.yaml", "- id: apple", "- id: pear"), "apple"),
    "no facts about a crop": (remove("advice/bean.yaml"), "bean.yaml"),
    "no facts about a condition": (replace("advice/bean.yaml", "bean.rust:", "bean.dust:"), "bean.rust"),
    "no facts about another cause": (replace("advice/other_causes.yaml", THIRST, COLD), THIRST[:-1]),
    "no name of another cause": (replace("languages/en/names.yaml", THIRST, COLD), THIRST[:-1]),
    "no languages": (lambda directory: shutil.rmtree(directory / "languages"), "en/language.yaml"),
    "no English": (lambda directory: (directory / EN).parent.rename(directory / "languages/sw"), "en/"),
    "no description of English": (remove(EN), "language.yaml"),
    "advice in the file of another crop": (swap(IN_BEAN, IN_MAIZE), "bean.yaml"),
    "advice that stands twice": (replace(IN_BEAN, "bean.rust:", "bean.healthy:"), "bean.healthy"),
    "a folder named otherwise than its tag": (replace(EN, '"en"', '"fr"'), "'fr'"),
    "a broken file": (write(EN, b"tag: ["), "language.yaml"),
    "a file in another encoding": (write(EN, "name: Français".encode("latin-1")), "language.yaml"),
    "a file that is a list": (write(EN, b"- en"), "list"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_texts_are_refused(name: str, texts_dir: Path, tiny_manifest: Manifest) -> None:
    spoil, named = SPOILT[name]
    spoil(texts_dir)
    with pytest.raises(TaxonomyError if "taxonomy that" in name else LanguageError, match=named):
        read_adviser(texts_dir, tiny_manifest)


def test_what_is_not_translated_stands_in_english_and_says_so(texts_dir: Path, tiny_manifest: Manifest) -> None:
    shutil.copytree(DATA / "languages/sw", texts_dir / "languages/sw")
    remove("languages/sw/advice/bean.yaml")(texts_dir)
    names = read_yaml(texts_dir / "languages/sw/names.yaml")
    write("languages/sw/names.yaml", yaml.safe_dump({"conditions": names["conditions"]}).encode())(texts_dir)
    adviser = read_adviser(texts_dir, tiny_manifest)
    sw, english = adviser.languages["sw"], adviser.languages["en"]
    bean, maize = adviser.advise("bean.rust", sw), adviser.advise("maize.common_rust", sw)
    assert (bean.language, bean.text_language, bean.today) == ("sw", "en", english.advice["bean.rust"].today)
    assert (bean.name, bean.crop_name) == (names["conditions"]["bean.rust"]["name"], english.names.crops["bean"].name)
    assert (maize.text_language, maize.today == english.advice["maize.common_rust"].today) == ("sw", False)
    wording = Wording(sw, load_catalogues(DATA / "languages")["sw"])
    assert wording.say(NOT_TRANSLATED) in wording.reviews(bean)
    assert wording.say(NOT_TRANSLATED) not in wording.reviews(maize)


def test_what_the_bundle_can_name_needs_advice_unless_a_district_has_taught_it(tiny_manifest: Manifest) -> None:
    newer = ClassEntry(id="bean.unheard_of", name="x", crop="bean", parent="leaf_spot", kind="fungus", action="spray")
    manifest = tiny_manifest.model_copy(update={"classes": (newer, *tiny_manifest.classes)})
    with pytest.raises(LanguageError, match=r"bean\.unheard_of"):
        read_adviser(DATA, manifest)
    place = Adaptation(place="Kitui", photos=1, cases=1, from_version="1")
    assert read_adviser(DATA, manifest.model_copy(update={"adapted_to": place}))


def test_words_are_not_taken_for_truth_values(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("on: null\nno: yes\na: true\nb: [off, y, n, ~]\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"on": None, "no": "yes", "a": True, "b": ["off", "y", "n", None]}
