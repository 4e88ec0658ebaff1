"""The rules behind tests/test_tidy.py: each takes one source file and yields what it finds, "line: what".

They read the syntax tree and the comments, never the plain text, so a rule cannot trip over its own
description.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

LONGEST_FUNCTION = 70
LONGEST_MODULE = 500
MOST_PARAMETERS = 5
OWN_PACKAGES = ("fareledger", "sandbox_acquirer", "mail_viewer")
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "manager", "managers", "data", "info"}
NO_FRAMEWORK = {"typing", "typing_extensions", "enum", "abc", "dataclasses", "collections"}
MAKERS = {"__init__", "__new__"}
CALLED_BY_US = {*MAKERS, "__call__"}
# Django's error handlers: it checks them by position and calls them by name, so both must work.
ERROR_HANDLER = ["request", "exception"]
SKIPS = {"skip", "skipif", "xfail", "importorskip", "skipIf", "skipUnless", "skipTest", "expectedFailure"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: its name from the project's root, with forward slashes, and its text."""

    name: str
    text: str

    @classmethod
    def read(cls, path: Path, *, root: Path) -> "Source":
        """Read a file below the project's root."""
        return cls(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[tuple[Function, ast.ClassDef | None]]:
        """Every function, nested ones too, with the class it is a method of."""
        return [
            (child, node if isinstance(node, ast.ClassDef) else None)
            for node in ast.walk(self.tree)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, Function)
        ]

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Every comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names bound by imports anywhere in the file, with the module they come from."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = node.module or ""
        return found


Rule = Callable[[Source], Iterator[str]]


def short_functions(source: Source) -> Iterator[str]:
    """A function has at most 70 lines."""
    for function, _ in source.functions:
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > LONGEST_FUNCTION:
            yield f"{function.lineno}: {function.name} has {lines} lines"


def short_modules(source: Source) -> Iterator[str]:
    """A module has at most 500 lines."""
    lines = len(source.text.splitlines())
    if lines > LONGEST_MODULE:
        yield f"1: {lines} lines"


def few_parameters(source: Source) -> Iterator[str]:
    """A function has at most five parameters; self and cls do not count."""
    for function, owner in source.functions:
        every = [*_positional(function, owner=owner), *function.args.kwonlyargs]
        if len(every) > MOST_PARAMETERS and not _is_dictated(function, owner=owner, source=source):
            yield f"{function.lineno}: {function.name} has {len(every)} parameters"


def named_from_the_second(source: Source) -> Iterator[str]:
    """Only the first parameter may be given by position.

    Where a framework makes the call, by position or by name, the signature is its business: methods of its
    classes, Python's own dunder methods, and the tests and fixtures that pytest calls.
    """
    for function, owner in source.functions:
        by_position = _positional(function, owner=owner)
        callback = not function.args.args and bool(by_position)
        if len(by_position) > 1 and not callback and not _is_dictated(function, owner=owner, source=source):
            yield f"{function.lineno}: {function.name}({by_position[0].arg}, *, {by_position[1].arg}…)"


def telling_module_names(source: Source) -> Iterator[str]:
    """No module and no folder is called something that says nothing."""
    path = PurePosixPath(source.name)
    for name in (*path.parts[:-1], path.stem):
        if name in SAYS_NOTHING:
            yield f"1: {name} says nothing"


def no_patching_of_our_own(source: Source) -> Iterator[str]:
    """Nothing of ours is patched, neither by mock nor by monkeypatch: give it a fake of ten lines instead."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not node.args or not _patches(node.func):
            continue
        target = node.args[0]
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            origin = target.value
        else:
            origin = source.imported.get(_root_name(target), "")
        if origin.split(".")[0] in OWN_PACKAGES:
            yield f"{node.lineno}: patches {origin}"


def nothing_left_to_do(source: Source) -> Iterator[str]:
    """What is to be done stands in an issue, not in the code."""
    for line, comment in source.comments:
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", comment):
            yield f"{line}: {comment}"


def reasons_for_ignored_types(source: Source) -> Iterator[str]:
    """An ignored type error names its code and says why."""
    for line, comment in source.comments:
        if "type: ignore" in comment and not re.search(r"type: ignore\[[\w, -]+\]\s*(#|--)\s*\w+", comment):
            yield f"{line}: {comment}"


def no_test_is_skipped(source: Source) -> Iterator[str]:
    """A test runs, or it is not there."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in SKIPS
            and _root_name(node) in ("pytest", "unittest", "self")
        ):
            yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and node.module in ("pytest", "unittest"):
            yield from (f"{node.lineno}: imports {each.name}" for each in node.names if each.name in SKIPS)


def modules_say_why(source: Source) -> Iterator[str]:
    """A module opens with a docstring."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield "1: no docstring"


def no_floats_in_the_domain(source: Source) -> Iterator[str]:
    """Nothing in the domain is turned into a float: money is whole minor units, rates are fractions or
    decimals.
    """
    if not source.name.startswith("src/fareledger/domain/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield f"{node.lineno}: {ast.unparse(node)}"


RULES: tuple[Rule, ...] = (
    short_functions,
    short_modules,
    few_parameters,
    named_from_the_second,
    telling_module_names,
    no_patching_of_our_own,
    nothing_left_to_do,
    reasons_for_ignored_types,
    no_test_is_skipped,
    modules_say_why,
    no_floats_in_the_domain,
)


def names_a_machine_path(line: str) -> bool:
    """Return whether a line of any text file names somebody's own folder, or the host of a package
    registry.
    """
    if re.search(r"(?<![\w./<-])/(root|work|home/\w+|Users/\w+)/\w", line):
        return True
    return bool(re.search(r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org)", line))


def _positional(function: Function, *, owner: ast.ClassDef | None) -> list[ast.arg]:
    every = [*function.args.posonlyargs, *function.args.args]
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    return every[1:] if owner is not None and not static else every


def _is_dictated(function: Function, *, owner: ast.ClassDef | None, source: Source) -> bool:
    if re.fullmatch(r"__\w+__", function.name) and owner is not None and function.name not in CALLED_BY_US:
        return True
    if owner is not None and any(_is_framework(base, source=source) for base in owner.bases):
        return function.name not in MAKERS
    if [each.arg for each in function.args.args] == ERROR_HANDLER:
        return True
    if source.name.startswith("tests/"):
        return function.name.startswith("test_") or any(
            "fixture" in ast.unparse(each) for each in function.decorator_list
        )
    return False


def _is_framework(base: ast.expr, *, source: Source) -> bool:
    package = source.imported.get(_root_name(base), "").split(".")[0]
    return bool(package) and package not in NO_FRAMEWORK and package not in (*OWN_PACKAGES, "tests")


def _patches(function: ast.expr) -> bool:
    text = ast.unparse(function)
    return bool(re.search(r"(^|\.)patch(\.(object|dict|multiple))?$", text)) or text.endswith(
        "monkeypatch.setattr"
    )


def _root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
