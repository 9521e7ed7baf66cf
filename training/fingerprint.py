"""Hashes of code, so that results are made anew after a change that could alter them, and after no other.

Modules count by their syntax trees: comments, docstrings and layout do not. A stage depends on its module and on all
that this imports of the project, directly or not.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from majani.model.bundle import sha256_hex

_OWN = ("majani", "training")


def code_fingerprint(*names: str) -> str:
    """Hash of these modules; a package stands for all modules below it."""
    modules = sorted({module for name in names for module in _modules(name)})
    return _hash(modules)


def stage_fingerprint(name: str) -> str:
    """Hash of a module and of everything in the project that it imports, also within functions."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += _imports(module)
    return _hash(sorted(seen))


def _hash(modules: list[str]) -> str:
    return sha256_hex("\n".join(f"{module} {_canonical(module)}" for module in modules).encode())[:16]


def _modules(name: str) -> Iterator[str]:
    file = _file(name)
    if file.name != "__init__.py":
        yield name
        return
    for path in sorted(file.parent.rglob("*.py")):
        parts = path.relative_to(file.parent).with_suffix("").parts
        yield ".".join((name, *(part for part in parts if part != "__init__")))


@cache
def _file(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin)


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(_file(name).read_text(encoding="utf-8"))


@cache
def _imports(name: str) -> tuple[str, ...]:
    """Modules of the project that a module imports; their packages hold no code."""
    found: set[str] = set()
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            is_package = _is_own(node.module) and _file(node.module).name == "__init__.py"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if is_package else {node.module}
    return tuple(sorted(module for module in found if _is_own(module)))


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in _OWN


@cache
def _canonical(name: str) -> str:
    """The syntax tree as text, the same in all versions of Python: without positions, docstrings and empty fields."""
    return _written(_tree(name))


def _written(node: object) -> str:
    if isinstance(node, list):
        return f"[{','.join(map(_written, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {field: value for field, value in ast.iter_fields(node) if value not in (None, [])}
    body = fields.get("body")
    if isinstance(body, list) and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = body[_has_docstring(body) :]
    return f"{type(node).__name__}({','.join(f'{field}={_written(value)}' for field, value in fields.items())})"


def _has_docstring(body: list[ast.stmt]) -> bool:
    first = body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
