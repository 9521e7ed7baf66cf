from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from majani.model.bundle import CARD_FILE, SOURCES_FILE, Manifest, read_bundle, write_bundle
from majani.model.signature import SIGNATURE_FILE, check_signature, make_key, sign_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training.typed import typed
from training.figures import read_figures
from training.release.hub import card_data

CURRENT = Path("models/current")


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])


def test_the_hub_reads_licence_sources_and_figures_of_the_running_bundle(tmp_path: Path) -> None:
    assert typed("hub", str(tmp_path)) == 0
    card, figures = ModelCard.load(tmp_path / "README.md"), read_figures()
    assert card.text.strip() == (CURRENT / CARD_FILE).read_text(encoding="utf-8").strip()
    assert (tmp_path / SOURCES_FILE).read_bytes() == (CURRENT / SOURCES_FILE).read_bytes()
    assert (card.data.license, card.data.library_name, card.data.pipeline_tag) == (
        "other",
        "onnx",
        "image-classification",
    )
    assert len(card.data.datasets) == len(read_bundle(CURRENT).manifest.provenance.sources)
    results = {(result.dataset_type, result.metric_type): result.metric_value for result in card.data.eval_results}
    assert {source for source, _ in results} <= set(card.data.datasets)
    for name, metric in (("top1", "accuracy"), ("answered", "coverage"), ("right_when_answered", "selective accuracy")):
        assert results["plantdoc", metric] == pytest.approx(figures[f"plantdoc.{name}"].value / 100, abs=1e-4)
    assert read_bundle(tmp_path) == read_bundle(CURRENT)


def test_weights_of_the_hub_are_named_and_figures_of_another_bundle_are_not_taken_over(tiny_manifest: Manifest) -> None:
    weights = tiny_manifest.provenance.weights.model_copy(
        update={"home": "https://huggingface.co/timm/resnet18.a1_in1k"}
    )
    provenance = tiny_manifest.provenance.model_copy(update={"weights": weights})
    data = card_data(tiny_manifest.model_copy(update={"provenance": provenance}), read_figures())
    assert (data.base_model, data.eval_results) == ("timm/resnet18.a1_in1k", [])


def test_a_signature_goes_along_and_that_of_another_bundle_goes(tmp_path: Path) -> None:
    bundle, folder = tmp_path / "bundle", tmp_path / "hub"
    write_bundle(tiny_bundle(), bundle)
    (bundle / CARD_FILE).write_text("# Card\n", encoding="utf-8")
    private, public = make_key()
    sign_bundle(bundle, private)
    assert typed("hub", str(folder), "--bundle", str(bundle)) == 0
    check_signature(folder, public)
    (bundle / SIGNATURE_FILE).unlink()
    assert typed("hub", str(folder), "--bundle", str(bundle)) == 0
    assert not (folder / SIGNATURE_FILE).exists()


def test_a_damaged_bundle_is_not_laid_out(tmp_path: Path) -> None:
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    (tmp_path / "bundle/model.onnx").write_bytes(b"half a model")
    assert typed("hub", str(tmp_path / "hub"), "--bundle", str(tmp_path / "bundle")) == 1
    assert not (tmp_path / "hub").exists()
