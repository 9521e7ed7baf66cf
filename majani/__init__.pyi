# What type checkers and editors see of the names that `__init__.py` imports late.
from majani.decision.diagnoser import Diagnoser

__all__ = ["Diagnoser", "__version__"]

__version__: str
