"""Both apps, the service and the operator's commands: wiring only."""

import os

from flask import Flask
from flask.cli import ScriptInfo

from majani.decision.diagnoser import Diagnoser
from majani.errors import TaxonomyError
from majani.model.signature import check_signature
from serving.access.guard import counted_client, init_guard
from serving.access.tokens import AccessTokens
from serving.api import (
    access,
    conditions,
    crops,
    description,
    diagnoses,
    examples,
    health,
    metrics,
    model,
    office,
    texts,
    usage,
    visits,
)
from serving.cases.admission import Admission
from serving.cases.diagnose import CaseService
from serving.cases.intake import Intake
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.cli import access as access_commands
from serving.cli import clock, context, review, store, teach
from serving.cli import webhooks as webhook_commands
from serving.cli.bundle import bundle_group
from serving.cli.district import district_group
from serving.container import Services, init_services
from serving.desk import (
    agreement_page,
    case_pages,
    first_page,
    overview_page,
    report_page,
    teach_page,
    tokens_page,
    visits_page,
)
from serving.desk import layout as desk_page
from serving.districts import read_boundaries
from serving.http import cross_origin, errors, limits, proxies, rate_limit, security_headers
from serving.i18n.catalogue import load_catalogues
from serving.i18n.examples import find_examples
from serving.i18n.messages import TITLES
from serving.i18n.texts import LANGUAGES_DIR, read_adviser
from serving.messaging import webhooks
from serving.monitoring import daily_job
from serving.monitoring.daily_job import DailyJobs
from serving.monitoring.gauges import Gauges
from serving.monitoring.storage_probe import look_at_storage, probe_database
from serving.persistence.cases import Cases
from serving.persistence.migration import open_database
from serving.persistence.repository import refuse_without_room
from serving.review.known_photos import find_references
from serving.settings import Settings
from serving.site import pages, phone_app
from serving.site.app_build import find_build, init_app_build
from serving.teach.districts import Districts
from serving.telemetry import request_log
from serving.telemetry.metrics import BUILD, Storage
from serving.telemetry.readiness import Readiness


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app with a loaded bundle, by default with the settings of the environment.

    Raises:
        majani.errors.BundleError: If the bundle cannot be trusted; nothing may be answered from it.
        majani.errors.LanguageError: If the folder of texts is incomplete; the service must not advise from it.
        serving.districts.BoundariesError: If the file of districts cannot be used.
    """
    settings = settings or Settings.from_environment()
    app = Flask(__name__)
    # The style sheet; short enough for an update to arrive within the hour.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    # Keep the order of the schemas: the most important field comes first.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    # Farmers pay for each byte of a page.
    app.jinja_env.trim_blocks = True
    # It would send people to the host that a request names.
    app.url_map.merge_slashes = False

    request_log.register(app)
    cross_origin.register(app, settings.page_origins)
    limits.register(app, settings)
    services = _services(settings)
    init_services(app, services)
    init_guard(app, AccessTokens(services.engine), read_boundaries(settings.boundaries, settings.boundaries_name))
    init_app_build(app, find_build(settings.app_dir))
    api_version = description.read_version()
    BUILD.labels(services.diagnoser.manifest.version, api_version).set(1)
    about_plants = (diagnoses, model, crops, conditions, texts, examples)
    about_the_service = (office, usage, health, description)
    for_workers = (access, visits, first_page, case_pages, agreement_page, overview_page, report_page, visits_page)
    for_quality = (teach_page, tokens_page)
    for module in (*about_plants, *about_the_service, pages, phone_app, *for_workers, *for_quality):
        app.register_blueprint(module.blueprint)
    if settings.metrics_token is not None:
        app.register_blueprint(metrics.blueprint)
    webhooks.register(app, services)
    errors.register(app, titles=TITLES, render_page=pages.render_problem, render_desk_page=desk_page.render_problem)
    security_headers.register(app)
    proxies.register(app, settings)
    rate_limit.register(app, settings, counted_client)
    daily_job.register(app, DailyJobs(services.engine))
    return app


def create_command_app(settings: Settings | None = None) -> Flask:
    """Build the app of the operator's commands: no bundle, no texts, and settings once a command needs them."""
    app = Flask(__name__, static_folder=None)
    context.register(app, settings)
    for commands in (store, access_commands, review, webhook_commands, clock, teach):
        app.cli.add_command(commands.group)
    for command in (bundle_group(create_app), district_group(create_app)):
        app.cli.add_command(command)
    return app


def _services(settings: Settings) -> Services:
    if settings.bundle_key is not None:
        check_signature(settings.bundle, settings.bundle_key)
    diagnoser = Diagnoser.from_directory(settings.bundle)
    adviser = read_adviser(settings.texts_dir, diagnoser.manifest)
    crops = frozenset(crop.id for crop in adviser.taxonomy.crops)
    if unknown := set(settings.first_crops) - crops:
        raise TaxonomyError(f"MAJANI_CROPS_FIRST: there is no crop {', '.join(sorted(unknown))}")
    districts = Districts(settings.districts_dir, diagnoser, key=settings.bundle_key)
    catalogues = load_catalogues(settings.texts_dir / LANGUAGES_DIR)
    example_photos = find_examples(settings.examples_dir)
    engine = open_database(settings.database_url)
    references = find_references(settings.references_dir, diagnoser.manifest)
    repository = CaseRepository(Cases(engine), PhotoStore(settings.photos_url), references=references)
    intake = Intake(diagnoser, districts, crops, Admission(settings.max_waiting, settings.max_wait_s))

    def running() -> set[str]:
        return {diagnoser.manifest.version, *(one.id for one in districts.in_use().values())}

    gauges = Gauges(engine, running=running)

    def probe_disks() -> None:
        refuse_without_room(engine)
        repository.photos.refuse_below_reserve()

    probes = {
        Storage.DATABASE: lambda: probe_database(engine),
        Storage.PHOTOS: repository.photos.probe,
        Storage.DISK: probe_disks,
    }

    def refresh_gauges() -> None:
        look_at_storage(probes)
        gauges.refresh()

    return Services(
        settings=settings,
        diagnoser=diagnoser,
        districts=districts,
        readiness=Readiness(diagnoser),
        adviser=adviser,
        catalogues=catalogues,
        texts=texts.text_writer(adviser, catalogues, example_photos),
        examples=example_photos,
        engine=engine,
        repository=repository,
        references=references,
        cases=CaseService(intake, repository, adviser.question_on),
        refresh_gauges=refresh_gauges,
    )


# What `flask --app serving.app` finds, before it would call the service's own factory.
command_app = create_command_app()


def admin() -> None:
    """Run ``majani-admin``, the operator's commands; what they write is for the service's account alone."""
    os.umask(0o077)
    command_app.cli.main(prog_name="majani-admin", obj=ScriptInfo(create_app=lambda: command_app))
