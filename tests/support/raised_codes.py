"""Finds every error code the product can raise, by reading its syntax trees.

Rule: a code is what may reach the `code` of an error class: a literal, a constant of the module, a
default, the argument of a function that hands it on, a piece of an f-string, or a row of a table in
the same function. What comes from another error (`error.code`) or from a node's answer
(`problem[...]`) was raised before. Whatever else stands there is told as unclear, so that nothing
is overlooked.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

CODE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+", re.ASCII)
"""What a code looks like."""
ROOT_CLASS = "HouseError"
FORWARDED = re.compile(r"(?:str\()?(?:\w+\.)*(?:code|problem\[.*|problem\.get\('code'\))\)?")
"""What was raised elsewhere."""

REFUSALS_IN_TABLES = ("No", "Never")
"""Records that keep a refusal until it is raised; the code stands first in them."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Module:
    """One file of a floor."""

    path: str
    """From the root."""
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    """What module-level names stand for."""
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    """The node around each node."""

    def function_around(self, node: ast.AST) -> _Function | None:
        """Return the function a node stands in, or None."""
        around = self.parents.get(node)
        while around is not None and not isinstance(around, _Function):
            around = self.parents.get(around)
        return around


class Codes:
    """All codes that floors raise.

    Args:
        root: the repository.
        floors: its packages.
    """

    def __init__(self, root: Path, floors: tuple[str, ...]) -> None:
        self._modules = [
            _module(root, path)
            for floor in floors
            for path in sorted((root / floor).rglob("*.py"))
            if "primitives/catalogue/" not in path.as_posix()
        ]
        self._calls: dict[str, list[tuple[Module, ast.Call]]] = defaultdict(list)
        for module in self._modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call):
                    self._calls[_name(node.func)].append((module, node))
        self.raised: dict[str, set[str]] = defaultdict(set)
        """Where each code is raised: `path:line`."""
        self.unclear: list[str] = []
        """Places whose code nobody can read off."""
        self._find()

    def _find(self) -> None:
        for name, position, template in self._classes():
            for module, call in self._calls[name]:
                place = f"{module.path}:{call.lineno}"
                for found in self._of_call(module, call, position, template):
                    if found is None:
                        self.unclear.append(f"{place} {ast.unparse(call)[:80]}")
                    elif CODE.fullmatch(found):
                        self.raised[found].add(place)

    def _classes(self) -> list[tuple[str, tuple[int, str], ast.expr | None]]:
        """Return each error class: name, where its code stands, and what is made of it."""
        bases = {
            node.name: (module, node, {_name(base) for base in node.bases})
            for module in self._modules
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
        }
        family = {ROOT_CLASS}
        while more := {name for name, (_, _, of) in bases.items() if of & family} - family:
            family |= more
        found = [(name, *_code_of_class(bases[name][1])) for name in sorted(family)]
        return found + [(name, (0, "code"), None) for name in REFUSALS_IN_TABLES]

    def _of_call(
        self, module: Module, call: ast.Call, position: tuple[int, str], template: ast.expr | None
    ) -> Iterator[str | None]:
        """Yield the codes of one call of an error class; None for what is unclear."""
        if template is None:
            expression = _argument(call, *position)
            if _name(call.func) == "__init__" or expression is None:
                return
            if FORWARDED.fullmatch(ast.unparse(expression)) and not self._is_local(
                module, expression
            ):
                return
            yield from self._values(module, expression, frozenset())
            return
        yield from self._of_pair(
            module, _argument(call, 0, "step"), _argument(call, 1, "reason"), call
        )

    def _of_pair(
        self, module: Module, step: ast.expr | None, reason: ast.expr | None, call: ast.Call
    ) -> Iterator[str | None]:
        """Yield the codes `step.reason` of one call, or of the calls of a function around it.

        Which reason a step may have is known only where both are handed over together.
        """
        function = module.function_around(call)
        names = _parameters(function) if function is not None else []
        if function is not None and _name_of(step) in names and _name_of(reason) in names:
            places = [(names.index(_name_of(one)), _name_of(one)) for one in (step, reason)]
            for caller, outer in self._calls[function.name]:
                yield from self._of_pair(caller, *(_argument(outer, *p) for p in places), outer)
            return
        if step is None or reason is None:
            return  # A call of another function of this name.
        pieces = [self._values(module, one, frozenset()) for one in (step, reason)]
        for first, second in product(*pieces):
            yield None if first is None or second is None else f"{first}.{second}"

    def _is_local(self, module: Module, expression: ast.expr) -> bool:
        """Tell whether a bare name is a parameter or a variable of its own function."""
        return isinstance(expression, ast.Name) and (module.function_around(expression) is not None)

    def _values(  # noqa: PLR0911 (one return a kind of expression)
        self, module: Module, node: ast.expr, seen: frozenset[ast.AST]
    ) -> list[str | None]:
        """Return the texts an expression may have; None stands for what is unclear."""
        if node in seen:
            return []
        seen |= {node}
        match node:
            case ast.Constant(value=str(value)):
                return [value]
            case ast.JoinedStr(values=parts):
                pieces = [self._values(module, part, seen) for part in parts]
                return [
                    None if None in joined else "".join(map(str, joined))
                    for joined in product(*pieces)
                ]
            case ast.FormattedValue(value=value):
                return self._values(module, value, seen)
            case ast.IfExp(body=body, orelse=orelse):
                return self._values(module, body, seen) + self._values(module, orelse, seen)
            case ast.BoolOp(values=parts):
                return [value for part in parts for value in self._values(module, part, seen)]
            case ast.Call(args=[ast.Constant(value="code"), default]):
                return self._values(module, default, seen)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]
            ) if table in module.constants:
                found = list(_codes_within(module.constants[table]))
                return [*found, *self._values(module, default, seen)]
            case ast.Call(func=ast.Name(id="str"), args=[value]):
                return self._values(module, value, seen)
            case ast.Name(id=name):
                return self._values_of_name(module, node, name, seen)
            case _ if FORWARDED.fullmatch(ast.unparse(node)):
                return []
            case _:
                return [None]

    def _values_of_name(
        self, module: Module, node: ast.expr, name: str, seen: frozenset[ast.AST]
    ) -> list[str | None]:
        function = module.function_around(node)
        while function is not None:
            if name in _parameters(function):
                return self._values_of_parameter(module, function, name, seen)
            if assigned := list(_assigned(function, name)):
                return [v for one in assigned for v in self._values(module, one, seen)]
            for loop in _loops_over(function, name):
                tables = [module.constants[n] for n in _names(loop.iter) & module.constants.keys()]
                return list(_codes_within(function, *tables)) or [None]
            function = module.function_around(function)
        if name in module.constants:
            return self._values(module, module.constants[name], seen)
        imported = [m.constants[name] for m in self._modules if name in m.constants]
        return self._values(module, imported[0], seen) if imported else [None]

    def _values_of_parameter(
        self, module: Module, function: _Function, name: str, seen: frozenset[ast.AST]
    ) -> list[str | None]:
        """Return what callers hand over under a parameter's name, and its default."""
        names = _parameters(function)
        is_method = names[0] in ("self", "cls")
        result: list[str | None] = []
        if (default := _default(function, name)) is not None:
            result += self._values(module, default, seen)
        for caller, call in self._calls[function.name]:
            if function.name.startswith("_") and caller is not module:
                continue
            argument = _argument(call, names.index(name) - is_method, name)
            if argument is not None:
                result += self._values(caller, argument, seen)
        return result


def _module(root: Path, path: Path) -> Module:
    module = Module(path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8")))
    for around in ast.walk(module.tree):
        for child in ast.iter_child_nodes(around):
            module.parents[child] = around
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.constants[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.constants[node.target.id] = node.value
    return module


def _code_of_class(node: ast.ClassDef) -> tuple[tuple[int, str], ast.expr | None]:
    """Return where an error class takes its code, and the f-string it makes one of."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            names = _parameters(statement)
            if "code" in names:
                return (names.index("code") - 1, "code"), None
            return (0, ""), statement.body[0].value  # type: ignore[attr-defined]
    return (0, "code"), None


def _argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[index] if 0 <= index < len(call.args) else None


def _parameters(function: _Function) -> list[str]:
    arguments = function.args
    return [a.arg for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]] or [""]


def _default(function: _Function, name: str) -> ast.expr | None:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    given = dict(
        zip(
            [a.arg for a in plain][-len(arguments.defaults) or len(plain) :],
            arguments.defaults,
            strict=False,
        )
    )
    given |= {
        a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d
    }
    return given.get(name)


def _assigned(function: _Function, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
        elif (
            isinstance(node, ast.AnnAssign | ast.NamedExpr)
            and node.value is not None
            and _name_of(node.target) == name
        ):
            yield node.value


def _loops_over(function: _Function, name: str) -> Iterator[ast.For | ast.comprehension]:
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and name in _names(node.target):
            yield node


def _names(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _codes_within(*places: ast.AST) -> Iterator[str]:
    for node in (node for place in places for node in ast.walk(place)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and CODE.fullmatch(node.value):
            yield node.value


def _name(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _name_of(node: ast.expr | None) -> str:
    """Return a bare name, or nothing."""
    return node.id if isinstance(node, ast.Name) else ""
