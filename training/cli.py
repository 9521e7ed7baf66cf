"""``majani-train``: the pipeline's stages, which DVC calls, and what people do beside them."""

from importlib import import_module

import click

# The stages, in the order of dvc.yaml.
STAGES = {
    "code": "training.stages.code",
    "fetch": "training.stages.fetch",
    "curate": "training.stages.curate",
    "split": "training.stages.split",
    "train": "training.stages.train",
    "export": "training.stages.export",
    "embed": "training.stages.embed",
    "leave-out": "training.stages.leave_out",
    "calibrate": "training.stages.calibrate",
    "places": "training.stages.places",
    "evaluate": "training.stages.evaluate",
    "stress-test": "training.stages.stress_test",
    "gate": "training.stages.gate",
    "report": "training.stages.report",
    "promote": "training.stages.promote",
}
OTHERS = {
    "init": "training.adaptation.label_folder",
    "fit": "training.adaptation.own_photos",
    "adapt": "training.stages.adapt",
    "test": "training.adaptation.test_folder",
    "rollback": "training.release.registry",
    "take-back": "training.release.take_back",
    "new-crop": "training.sources.new_crop",
    "sources": "training.sources.catalogue",
    "hub": "training.release.hub",
    "example-photos": "training.release.example_photos",
    "reference-photos": "training.release.reference_photos",
    "documents": "training.report.documents",
}
_SAID = {
    "code": "Write down which code each stage depends on.",
    "fetch": "Bring the photos of every source to data/raw.",
    "curate": "Decode, measure and compare all photos.",
    "split": "Deal whole groups into train, val and test.",
    "train": "Fine-tune the network.",
    "export": "Write the network as ONNX, fp32 and int8.",
    "embed": "Keep what the exported network sees in all photos.",
    "leave-out": "Train networks without some places, and keep what they see there.",
    "calibrate": "Fit head, temperature and rules: a complete bundle.",
    "places": "Answer each place by rules that were fitted without it.",
    "evaluate": "Measure the candidate, or another bundle, on test photos.",
    "stress-test": "Measure it on bad photos, hints and several photos.",
    "gate": "Compare the candidate with models/current.",
    "report": "Put the main tables and plots on one page.",
    "promote": "Make the candidate models/current, if the gate says so.",
    "init": "Write down what folders of photos show.",
    "fit": "Make a bundle of a folder of labelled photos alone.",
    "adapt": "Teach the running bundle a district's photos, in a minute.",
    "test": "Measure a bundle on a folder of labelled photos.",
    "rollback": "Go back to the bundle that ran before.",
    "take-back": "Take a source of photos back.",
    "new-crop": "Draft everything that a new crop needs.",
    "sources": "List every described source of photos.",
    "hub": "Lay a bundle out for a model hub.",
    "example-photos": "Choose photos for the phone app.",
    "reference-photos": "Choose known photos for the review desk.",
    "documents": "Take figures over into all documents.",
}


class _Commands(click.Group):
    """Loads a command when it is asked for: torch alone takes seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name for it
        return [*STAGES, *OTHERS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = (STAGES | OTHERS).get(cmd_name)
        if module is None:
            return None
        main = import_module(module).main
        if isinstance(main, click.Command):
            return main
        return click.command(cmd_name, help=_SAID[cmd_name])(main)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, commands in (("Stages, which `dvc repro` runs", STAGES), ("Others", OTHERS)):
            with formatter.section(title):
                formatter.write_dl([(name, _SAID[name]) for name in commands])


@click.command(cls=_Commands)
@click.version_option(package_name="majani")
def main() -> None:
    """Train, measure, adapt and release bundles of Majani. `dvc repro` runs all stages whose inputs have changed."""


# torchrun starts modules.
if __name__ == "__main__":
    main()
