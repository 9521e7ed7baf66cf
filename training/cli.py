"""``majani-train``: the pipeline's stages, which DVC calls, and what people do beside them."""

from importlib import import_module

import click

from majani.errors import RefusedError

# Module and summary by name. The stages, in the order of dvc.yaml.
STAGES = {
    "code": ("training.stages.code", "Write down which code each stage depends on."),
    "fetch": ("training.stages.fetch", "Bring the photos of every source to data/raw."),
    "curate": ("training.stages.curate", "Decode, measure and compare all photos."),
    "split": ("training.stages.split", "Deal whole groups into train, val and test."),
    "train": ("training.stages.train", "Fine-tune the network."),
    "export": ("training.stages.export", "Write the network as ONNX, fp32 and int8."),
    "embed": ("training.stages.embed", "Keep what the exported network sees in all photos."),
    "leave-out": ("training.stages.leave_out", "Train networks without some places, and keep what they see there."),
    "calibrate": ("training.stages.calibrate", "Fit head, temperature and rules: a complete bundle."),
    "places": ("training.stages.places", "Answer each place by rules that were fitted without it."),
    "evaluate": ("training.stages.evaluate", "Measure the candidate, or another bundle, on test photos."),
    "stress-test": ("training.stages.stress_test", "Measure it on bad photos, hints and several photos."),
    "gate": ("training.stages.gate", "Compare the candidate with models/current."),
    "report": ("training.stages.report", "Put the main tables and plots on one page."),
    "promote": ("training.stages.promote", "Make the candidate models/current, if the gate says so."),
}
OTHERS = {
    "init": ("training.adaptation.label_folder", "Write down what folders of photos show."),
    "fit": ("training.adaptation.own_photos", "Make a bundle of a folder of labelled photos alone."),
    "adapt": ("training.stages.adapt", "Teach the running bundle a district's photos, in a minute."),
    "test": ("training.adaptation.test_folder", "Measure a bundle on a folder of labelled photos."),
    "rollback": ("training.release.registry", "Go back to the bundle that ran before."),
    "take-back": ("training.release.take_back", "Take a source of photos back."),
    "new-crop": ("training.sources.new_crop", "Draft everything that a new crop needs."),
    "sources": ("training.sources.catalogue", "List every described source of photos."),
    "hub": ("training.release.hub", "Lay a bundle out for a model hub."),
    "example-photos": ("training.release.example_photos", "Choose photos for the phone app."),
    "reference-photos": ("training.release.reference_photos", "Choose known photos for the review desk."),
    "documents": ("training.report.documents", "Take figures over into all documents."),
}


class _Commands(click.Group):
    """Loads a command when it is asked for: torch alone takes seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name for it
        return [*STAGES, *OTHERS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in STAGES | OTHERS:
            return None
        module, summary = (STAGES | OTHERS)[cmd_name]
        main = import_module(module).main
        return main if isinstance(main, click.Command) else click.command(cmd_name, help=summary)(main)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what it refuses is one line, not a traceback."""
        try:
            return super().invoke(ctx)
        except (RefusedError, OSError) as error:
            # Who reads the output has read enough.
            if isinstance(error, BrokenPipeError):
                raise
            text = str(error)
            if isinstance(error, FileNotFoundError) and error.filename:
                text = f"{error.filename} is missing: this needs the repository's folder, and the stages before it"
            code = getattr(error, "code", "")
            raise click.ClickException(f"{code}: {text}" if code else text) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, commands in (("Stages, which `dvc repro` runs", STAGES), ("Others", OTHERS)):
            with formatter.section(title):
                formatter.write_dl([(name, summary) for name, (_, summary) in commands.items()])


@click.command(cls=_Commands)
@click.version_option(package_name="majani")
def main() -> None:
    """Train, measure, adapt and release bundles of Majani. `dvc repro` runs all stages whose inputs have changed."""


# torchrun starts modules.
if __name__ == "__main__":
    main()
