"""The kinds of faults: each is a rule that finds the places of a function where it can be made, and makes it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Generator
from dataclasses import dataclass

FACTOR = 1.02
"""A scale that is off by 2 %: what is seen of this is seen of worse."""

CONSTANT = "constant"
"""The family of faults of what a module holds."""

Edit = Callable[[ast.AST], ast.AST | None]
"""A node's replacement; None where the rule does not apply. It may change the node, which is a copy."""

_SCORES = ("CaseScore", "SetScore", "mean_score")
_OPPOSITE = {
    "maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax",
}  # fmt: skip
_SUM_OF = {"mean": "sum", "nanmean": "nansum"}
_REDUCTIONS = ("mean", "sum", "nanmean", "std")
_POINTS = ("points", "rigid", "mouth", "face")
_NUMBERS = ("np.ndarray", "float", "Tensor")
_GUARD = 1e-6
"""Numbers below this keep from a division by zero: no formula has them."""
_EDITED = (
    ast.Return, ast.Call, ast.Constant, ast.BinOp, ast.AugAssign, ast.Attribute, ast.keyword, ast.Subscript,
    ast.UnaryOp,
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One fault of a function: its family, its lines in the function, what stood there and what stands there now."""

    family: str
    lines: range
    before: str
    after: str


def changes_of(definition: ast.FunctionDef) -> Generator[Change, None, None]:
    """Every fault of every family that the rules find in a function; the definition has it until the next one."""
    parents = {child: parent for parent in ast.walk(definition) for child in ast.iter_child_nodes(parent)}
    nodes = [node for node in parents if isinstance(node, _EDITED) and not _is_text(node, parents)]
    is_number = definition.returns is None or ast.unparse(definition.returns) in _NUMBERS
    for family, edits in FAMILIES.items():
        for edit in edits:
            for node in nodes:
                if not isinstance(node, _NODES[edit]) or (isinstance(node, ast.Return) and not is_number):
                    continue
                made = edit(copy.deepcopy(node))
                before = ast.unparse(node)
                if made is None or (after := ast.unparse(made)) == before:
                    continue
                _replace(parents[node], node, made)
                ast.fix_missing_locations(definition)
                try:
                    yield Change(family, lines_of(node, parents), before, after)
                finally:  # also where nobody asks for the next one
                    _replace(parents[node], made, node)


def lines_of(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> range:
    """Lines of a node, counted from 1 at the function's first."""
    while not isinstance(node, ast.stmt | ast.expr):
        node = parents[node]
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _replace(parent: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new)
        elif isinstance(value, list):
            setattr(parent, name, [new if one is old else one for one in value])


def _is_text(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it belongs to an annotation, a message or an error: nothing that a value comes from."""
    child, parent = node, parents.get(node)
    while parent is not None:
        if isinstance(parent, ast.JoinedStr | ast.Raise | ast.Assert):
            return True
        if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], ast.Is | ast.IsNot):
            return True
        if isinstance(parent, ast.arg | ast.AnnAssign) and child is parent.annotation:
            return True
        if isinstance(parent, ast.FunctionDef) and (child is parent.returns or child in parent.decorator_list):
            return True
        child, parent = parent, parents.get(parent)
    return False


def _times(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Mult(), ast.Constant(FACTOR))


def _scale_return(node: ast.AST) -> ast.AST | None:
    """A function's result, where it is a number or an array."""
    if not isinstance(node, ast.Return) or node.value is None or isinstance(node.value, ast.Constant | ast.Tuple):
        return None
    if isinstance(node.value, ast.Call) and any(isinstance(one, ast.Constant) for one in node.value.args[:1]):
        return None  # float("nan")
    return ast.Return(_times(node.value))


def _scale_score(node: ast.AST) -> ast.AST | None:
    """The value that goes into a score."""
    if not isinstance(node, ast.Call) or _name_of(node.func) not in _SCORES or not node.args:
        return None
    if isinstance(node.args[0], ast.Constant):
        return None
    node.args[0] = _times(node.args[0])
    return node


def _scale_constant(node: ast.AST) -> ast.AST | None:
    """A number with a fraction, or a large one, in a formula."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, float) or abs(node.value) < _GUARD:
        return None
    return ast.Constant(node.value * FACTOR)


def _drop_operand(node: ast.AST) -> ast.AST | None:
    """What is added, subtracted, multiplied or divided by."""
    if not isinstance(node, ast.BinOp) or _is_sequence(node.left) or _is_sequence(node.right):
        return None
    return node.left if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow) else None


def _drop_update(node: ast.AST) -> ast.AST | None:
    """A statement that adds to something or scales it."""
    if not isinstance(node, ast.AugAssign) or _is_sequence(node.value):
        return None
    return ast.Pass()


def _truncate_reduced(node: ast.AST) -> ast.AST | None:
    """Without the first of what is averaged or summed up."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in _REDUCTIONS:
        return None
    if _name_of(node.func.value) in ("np", "torch"):
        if not node.args:
            return None
        node.args[0] = _without_first(node.args[0])
    else:
        node.func.value = _without_first(node.func.value)
    return node


def _truncate_read(node: ast.AST) -> ast.AST | None:
    """Features without the first frame of a side: everything else is one late."""
    if not isinstance(node, ast.Attribute) or node.attr not in ("landmarks_px", "latents"):
        return None
    return _without_first(node) if isinstance(node.ctx, ast.Load) else None


def _without_first(node: ast.expr) -> ast.expr:
    return ast.Subscript(node, ast.Slice(ast.Constant(1)), ast.Load())


def _sum_for_mean(node: ast.AST) -> ast.AST | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _SUM_OF:
        return None
    node.func.attr = _SUM_OF[node.func.attr]
    return node


def _other_axis(node: ast.AST) -> ast.AST | None:
    if not isinstance(node, ast.keyword) or node.arg not in ("axis", "dim"):
        return None
    if isinstance(node.value, ast.Tuple):
        node.value = node.value.elts[0]
        return node
    value = ast.literal_eval(node.value)
    node.value = ast.Constant(1 if value == 0 else 0)
    return node


def _other_points(node: ast.AST) -> ast.AST | None:
    """Indices: the next point instead of one, a set without its last point."""
    if not isinstance(node, ast.Subscript):
        return None
    chosen = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    for place, one in enumerate(chosen):
        made = _next_index(one)
        if made is not None:
            chosen[place] = made
            node.slice = ast.Tuple(chosen, ast.Load()) if isinstance(node.slice, ast.Tuple) else made
            return node
    return None


def _next_index(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Call) and _name_of(node.func) == "list" and len(node.args) == 1:
        return ast.Subscript(node, ast.Slice(None, ast.Constant(-1)), ast.Load())
    if isinstance(node, ast.Name | ast.Attribute):
        name = _name_of(node)
        if not (name.isupper() or name in _POINTS):
            return None
        is_one = ast.Call(ast.Name("isinstance", ast.Load()), [node, ast.Name("int", ast.Load())], [])
        rest = ast.Subscript(node, ast.Slice(None, ast.Constant(-1)), ast.Load())
        return ast.IfExp(is_one, ast.BinOp(node, ast.Add(), ast.Constant(1)), rest)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(node.value - 1 if node.value > 0 else node.value + 1)
    if isinstance(node, ast.Slice):
        lower, upper = _whole(node.lower), _whole(node.upper)
        if lower is not None and node.upper is None:
            return ast.Slice(ast.Constant(lower + 1), None, node.step)
        if upper is not None and node.lower is None:
            return ast.Slice(None, ast.Constant(upper - 1), node.step)
    return None


def _whole(node: ast.expr | None) -> int | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def _other_sign(node: ast.AST) -> ast.AST | None:
    """Plus for minus and the reverse; a minus or an absolute value less; the other extreme or comparison."""
    if isinstance(node, ast.BinOp) and not (_is_sequence(node.left) or _is_sequence(node.right)):
        if isinstance(node.op, ast.Sub | ast.Add):
            node.op = ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub()
            return node
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        return node.operand
    elif isinstance(node, ast.Call):
        name = _name_of(node.func)
        if name in ("abs", "absolute") and len(node.args) == 1:
            return node.args[0]
        if name in _OPPOSITE and isinstance(node.func, ast.Attribute | ast.Name):
            _rename(node.func, _OPPOSITE[name])
            return node
    return None


def _rename(node: ast.Attribute | ast.Name, name: str) -> None:
    if isinstance(node, ast.Attribute):
        node.attr = name
    else:
        node.id = name


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_sequence(node: ast.AST) -> bool:
    """Lists and texts are put behind each other with a plus, too."""
    if isinstance(node, ast.BinOp):
        return _is_sequence(node.left) or _is_sequence(node.right)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text or isinstance(node, ast.List | ast.ListComp | ast.Tuple | ast.JoinedStr | ast.Dict)


FAMILIES: dict[str, tuple[Edit, ...]] = {
    "scale": (_scale_return, _scale_score, _scale_constant),
    "dropped term": (_drop_operand, _drop_update),
    "truncated input": (_truncate_reduced, _truncate_read),
    "sum for mean": (_sum_for_mean,),
    "wrong axis": (_other_axis,),
    "wrong point set": (_other_points,),
    "sign": (_other_sign,),
    CONSTANT: (),
}
"""Family -> its rules; constants are no part of a function (`scripts.doctor_faults.constants`)."""

_NODES: dict[Edit, type[ast.AST] | tuple[type[ast.AST], ...]] = {
    _scale_return: ast.Return,
    _scale_score: ast.Call,
    _scale_constant: ast.Constant,
    _drop_operand: ast.BinOp,
    _drop_update: ast.AugAssign,
    _truncate_reduced: ast.Call,
    _truncate_read: ast.Attribute,
    _sum_for_mean: ast.Call,
    _other_axis: ast.keyword,
    _other_points: ast.Subscript,
    _other_sign: (ast.BinOp, ast.UnaryOp, ast.Call),
}
"""What each rule applies to at all."""
