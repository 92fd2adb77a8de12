"""Eight numbers at a time in compiled loops: a vector type for numba, where leaving it to the compiler is not enough.

Inside a `jit` function `load(array, i)` gives the numbers at i to i + 7 of a flat array, `store` puts them back, `fill`
repeats one; `+ - * /` and comparisons work on them, with single numbers too, and `where` chooses between two by a mask.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model
from numba.np.arrayobj import make_array

COUNT = 8
_intrinsic: Callable[[Any], Any] = intrinsic  # what it gives is called with other arguments than it is written with
_make_array: Callable[[Any], Any] = make_array
_FLAGS = ("reassoc", "contract", "arcp", "nsz")
_REALS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}


class Lanes(types.Type):
    """Eight numbers of one precision."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


class Mask(types.Type):
    """Eight truths."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


MASK = Mask()


def _vector(kind: Any) -> ir.VectorType:
    return ir.VectorType(ir.IntType(1) if isinstance(kind, Mask) else _REALS[kind.dtype], COUNT)


@register_model(Lanes)
@register_model(Mask)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _vector(kind))  # type: ignore[no-untyped-call]  # numba's own


def _spread(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    """A scalar in all lanes."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), COUNT), [0] * COUNT)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def _as_lanes(context: Any, builder: Any, value: Any, kind: Any, wanted: Lanes) -> Any:
    """A value as lanes: itself, or a number repeated."""
    if isinstance(kind, Lanes):
        return value
    return _spread(builder, context.cast(builder, value, kind, wanted.dtype), _vector(wanted))


def _common(a: Any, b: Any) -> Lanes | None:
    if isinstance(a, Lanes):
        return a if a == b or isinstance(b, types.Number) else None
    return b if isinstance(b, Lanes) and isinstance(a, types.Number) else None


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any, vector: ir.VectorType) -> Any:
    data = _make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@_intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """The eight numbers of a flat array that begin at an index."""
    kind = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _place(context, builder, sig.args[0], args[0], args[1], _vector(kind))
        found = builder.load(pointer)
        found.align = array.dtype.bitwidth // 8
        return found

    return kind(array, types.uint64), generate


@_intrinsic
def store(typing: Any, array: Any, index: Any, lanes: Any) -> Any:
    """Put eight numbers into a flat array from an index on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _place(context, builder, sig.args[0], args[0], args[1], _vector(lanes))
        builder.store(args[2], pointer).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, types.uint64, lanes), generate


@_intrinsic
def fill(typing: Any, value: Any) -> Any:
    """One number, eight times."""
    kind = Lanes(value)
    return kind(value), lambda context, builder, sig, args: _spread(builder, args[0], _vector(kind))


@_intrinsic
def steps(typing: Any, value: Any) -> Any:
    """A number, and the seven that follow it at steps of 1."""
    kind = Lanes(value)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        ramp = ir.Constant(_vector(kind), [float(lane) for lane in range(COUNT)])
        return builder.fadd(_spread(builder, args[0], _vector(kind)), ramp, flags=_FLAGS)

    return kind(value), generate


@_intrinsic
def total(typing: Any, lanes: Any) -> Any:
    """The sum of the eight, always in the same order."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, width = args[0], COUNT
        while width > 1:
            width //= 2
            shifted = ir.Constant(ir.VectorType(ir.IntType(32), COUNT), [(k + width) % COUNT for k in range(COUNT)])
            value = builder.fadd(value, builder.shuffle_vector(value, value, shifted), flags=_FLAGS)
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return lanes.dtype(lanes), generate


@_intrinsic
def where(typing: Any, mask: Any, a: Any, b: Any) -> Any:
    """The first's numbers where the mask is true, else the second's."""
    kind = _common(a, b)
    if kind is None:
        return None

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        one = _as_lanes(context, builder, args[1], sig.args[1], kind)
        other = _as_lanes(context, builder, args[2], sig.args[2], kind)
        return builder.select(args[0], one, other)

    return kind(mask, a, b), generate


@_intrinsic
def any_of(typing: Any, mask: Any) -> Any:
    """Whether any of eight truths is true."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(COUNT))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(COUNT), 0))

    return types.boolean(mask), generate


def _arithmetic(symbol: Callable[[Any, Any], Any], instruction: str) -> None:
    @_intrinsic
    def combined(typing: Any, a: Any, b: Any) -> Any:
        kind = _common(a, b)
        if kind is None:
            return None

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            one = _as_lanes(context, builder, args[0], sig.args[0], kind)
            other = _as_lanes(context, builder, args[1], sig.args[1], kind)
            return getattr(builder, instruction)(one, other, flags=_FLAGS)

        return kind(a, b), generate

    @overload(symbol, strict=False)
    def chosen(a: Any, b: Any) -> Any:
        if _common(a, b) is None:
            return None
        return lambda a, b: combined(a, b)


def _comparison(symbol: Callable[[Any, Any], Any], relation: str) -> None:
    @_intrinsic
    def compared(typing: Any, a: Any, b: Any) -> Any:
        kind = _common(a, b)
        if kind is None:
            return None

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            one = _as_lanes(context, builder, args[0], sig.args[0], kind)
            other = _as_lanes(context, builder, args[1], sig.args[1], kind)
            return builder.fcmp_ordered(relation, one, other)

        return MASK(a, b), generate

    @overload(symbol, strict=False)
    def chosen(a: Any, b: Any) -> Any:
        if _common(a, b) is None:
            return None
        return lambda a, b: compared(a, b)


def _logic(symbol: Callable[[Any, Any], Any], instruction: str) -> None:
    @_intrinsic
    def combined(typing: Any, a: Any, b: Any) -> Any:
        return MASK(a, b), lambda context, builder, sig, args: getattr(builder, instruction)(*args)

    @overload(symbol, strict=False)
    def chosen(a: Any, b: Any) -> Any:
        if not (isinstance(a, Mask) and isinstance(b, Mask)):
            return None
        return lambda a, b: combined(a, b)


for _symbol, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _arithmetic(_symbol, _name)
for _symbol, _name in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _comparison(_symbol, _name)
for _symbol, _name in ((operator.and_, "and_"), (operator.or_, "or_")):
    _logic(_symbol, _name)
