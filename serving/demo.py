"""``python -m serving.demo FOLDER``: what a phone fetches of a service, as files beside the app of `make demo`.

Any web host serves such a folder. ``web/src/demo.ts`` reads it; nothing can be sent to it.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask.testing import FlaskClient

from serving.app import create_app
from serving.container import services
from serving.persistence.engine import disposing
from serving.settings import Settings


def write(folder: Path, settings: Settings) -> None:
    """Write model, texts of all languages and example photos of ``settings`` below ``folder``."""
    app = create_app(settings)
    with app.app_context():
        engine = services().engine
    with disposing(engine):
        _keep_all(folder, app.test_client())


def _keep_all(folder: Path, client: FlaskClient) -> None:
    def keep(address: str) -> None:
        path = folder / address.lstrip("/").replace("?language=", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        with client.get(address) as answer:
            path.with_name(path.name + ".json" * answer.is_json).write_bytes(answer.data)

    for address in ("/v1/model", "/v1/languages", "/v1/retention", "/v1/office"):
        keep(address)
    keep(client.get("/v1/model").get_json()["file"])
    for language in client.get("/v1/languages").get_json()["languages"]:
        for part in ("interface", "advice"):
            keep(f"/v1/texts/{language['tag']}/{part}")
        keep(f"/v1/causes?language={language['tag']}")
    for photos in client.get("/v1/texts/en").get_json()["examples"]["photos"].values():
        for photo in photos:
            keep(f"/v1/examples/{photo['file']}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Add to FOLDER, which holds the app, what the settings' service would answer."""
    shutil.rmtree(folder / "v1", ignore_errors=True)
    with TemporaryDirectory() as work:
        # It has no cases and no office, whatever the settings say.
        nothing: dict[str, str | None] = {
            "database_url": f"sqlite:///{work}/demo.sqlite3",
            "photos_url": f"{work}/photos",
            "office_name": None,
            "office_telephone": None,
        }
        write(folder, Settings.from_environment().model_copy(update=nothing))
    click.echo(f"demo: `python -m http.server --directory {folder}` shows it")


if __name__ == "__main__":
    main()
