"""Crops in the reader's language."""

from flask.testing import FlaskClient

from serving.container import Services


def test_every_crop_is_listed_in_the_readers_language(client: FlaskClient, services: Services) -> None:
    listed = client.get("/v1/crops", headers={"Accept-Language": "sw-KE, en;q=0.5"})
    names = services.adviser.languages["sw"].names.crops
    assert listed.headers["Content-Language"] == listed.json["language"] == "sw"
    assert [crop["id"] for crop in listed.json["crops"]] == [crop.id for crop in services.adviser.taxonomy.crops]
    assert all(crop["name"] == names[crop["id"]].name for crop in listed.json["crops"])


def test_only_what_the_model_has_classes_for_is_known(client: FlaskClient, services: Services) -> None:
    manifest = services.diagnoser.manifest
    crops, conditions = client.get("/v1/crops").json["crops"], client.get("/v1/conditions").json["conditions"]
    assert {crop["id"] for crop in crops if crop["known"]} == {crop.id for crop in manifest.crops}
    named = {entry.id for entry in manifest.classes if entry.crop is not None}
    assert {condition["id"] for condition in conditions if condition["known"]} == named
    assert client.get("/v1/conditions/cassava.mosaic").json["known"] is False


def test_one_crop_is_its_entry_in_the_list(client: FlaskClient) -> None:
    listed = {crop["id"]: crop for crop in client.get("/v1/crops?language=fr").json["crops"]}
    one = client.get("/v1/crops/bean?language=fr")
    assert one.json == listed["bean"]
    assert one.json["conditions"] == ["bean.angular_leaf_spot", "bean.rust", "bean.healthy"]
    assert client.get("/v1/crops/bean?language=fr", headers={"If-None-Match": one.headers["ETag"]}).status_code == 304
