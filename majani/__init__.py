"""The shared core of Majani: from photo bytes and a bundle to a diagnosis.

Both applications, ``training`` and ``serving``, build on this package; it knows neither of them. It depends on numpy,
Pillow, onnxruntime and pydantic only, so that it runs on a small server or a laptop in an extension office.
"""

__all__ = ["Diagnoser", "__version__"]


def __getattr__(name: str) -> object:
    """Import a public name when it is asked for, so that ``import majani`` alone stays light."""
    import importlib.metadata  # noqa: PLC0415

    if name == "Diagnoser":
        # A statement would make everything that imports a module of this package depend on the diagnoser too.
        return importlib.import_module("majani.decision.diagnoser").Diagnoser
    if name == "__version__":
        return importlib.metadata.version("majani")
    raise AttributeError(f"module 'majani' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
