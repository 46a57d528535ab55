"""One entry of a layer, or of its product with its transpose, as a formula for every size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from symconv.algebra.lag_names import lag_symbol
from symconv.algebra.sizes import Size, far, to_expr
from symconv.operators.autocorrelation import Autocorrelation, Lag, autocorrelation
from symconv.operators.boundary_split import Split
from symconv.operators.convolution import operator_of
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import product_of
from symconv.typesetting.displays import Display, Rows, aligned, cases
from symconv.typesetting.free_letters import kernel_letter, kernel_line
from symconv.typesetting.index_expressions import (
    Relation,
    gram_latex,
    index_set,
    tap_set,
)
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Typesetter

Line = tuple[str, Display]
# So many products are written out.
MOST_PRODUCTS = 10_000


def entry_formula(
    form: Any, printer: Typesetter, name: str = "", most_lags: int | None = None
) -> Rows | None:
    """Toeplitz minus boundary, a sum around the ring, or one tap; None for other operators.

    Args:
        form: a closed form.
        printer: prints symbols.
        name: what the matrix is called.
        most_lags: the r_δ of a two-level form are written out where they are no more than these.
    """
    operator = form.operator
    factor, side = operator.gram or (None, "")
    layer = (factor or operator).provenance.layer
    if layer is None or not _is_plain(layer, side):
        return None
    if side == "columns" and form.abbreviated and layer.has_channels:
        return None  # the names r_δ belong to the other product
    if factor is None:
        return aligned(_Tap(operator, layer, printer, name).lines())
    gram = _Gram(operator, layer, printer, name, factor, side == "rows")
    lags = gram.lags(form.letters["r"], most_lags) if form.abbreviated else []
    return aligned([*gram.lines(), *lags])


def split_formula(split: Split, printer: Typesetter) -> list[Line] | None:
    """Both parts of a split as sums over taps, and what stands in them; None where there are none.

    Known for one channel and zero padding, where the parts are sums over the taps that meet
    pixels outside.
    """
    by_rows, layer = split.side == "rows", split.layer
    if layer is None or layer.has_channels or not _is_plain(layer, split.side):
        return None
    factor = operator_of(layer)
    gram = product_of(factor, factor.T) if by_rows else product_of(factor.T, factor)
    return _Gram(gram, layer, printer, "", factor, by_rows).split_lines()


def _is_plain(layer: Layer, side: str) -> bool:
    """Whether a formula below is right for a layer."""
    modes = {axis.padding_mode for axis in layer.axes}
    stuffed = {axis.input_dilation for axis in layer.axes}
    if layer.kernel.groups != 1 or len(stuffed) != 1 or (side and stuffed != {1}):
        return False
    if modes == {"circular"}:
        turns = all(a.stride == 1 and a.input_size == a.output_size for a in layer.axes)
        return stuffed == {1} and (turns or side != "columns")
    return modes == {"zeros"}


@dataclass(frozen=True)
class _Formula:
    """The entry of one layer, or of its product with its transpose."""

    operator: Any
    layer: Layer
    printer: Typesetter
    name: str

    @property
    def _relation(self) -> Relation:
        letter = kernel_letter(self.layer.kernel, self.printer)
        return Relation(self.layer.axes, letter, self.printer.notation)

    @property
    def _turns(self) -> bool:
        """Whether the image closes to a ring."""
        return bool(self.layer.axes[0].padding_mode == "circular")

    def _in(self, sizes: Any) -> str:
        return rf"\in {self._set(sizes)}"

    def _set(self, sizes: Any) -> str:
        return index_set(sizes, self.printer)

    def _modulus(self, image: Any) -> str:
        sizes = [self.printer._print(to_expr(n)) for n in image]
        shown = sizes[0] if len(set(sizes)) == 1 else f"({', '.join(sizes)})"
        # \pmod leaves a wide gap under a sum, and both it and "\ " are macros to MathJax, which
        # expands none in front of more than 5,000 characters.
        return rf"\;(\mathrm{{mod}}\;{shown})"

    @property
    def _channels(self) -> str:
        """The indices of the channels before those of the tap."""
        return "𝑜,𝑐," if self.layer.has_channels else ""

    def _where(self) -> list[Line]:
        """The taps, the letters of the geometry, and the kernel where it is no symbol's."""
        return [
            ("𝑇", tap_set([axis.kernel_size for axis in self.layer.axes], self.printer)),
            *self._relation.constant_values,
            *kernel_line(self.layer.kernel, self.printer),
        ]


@dataclass(frozen=True)
class _Tap(_Formula):
    """The tap that joins the two pixels, or zero."""

    def lines(self) -> list[Line]:
        """The entry, what its indices run through, and what stands in it."""
        out, into = "𝑗𝑖" if self.layer.transposed else "𝑖𝑗"
        matrix = self.name or (f"(𝐶{TRANSPOSED})" if self.layer.transposed else "𝐶")
        rows, cols = self.operator.rows[:1], self.operator.cols[:1]
        index, channels = "𝑖,𝑗", list[Line]()
        if self.layer.has_channels:
            first, second = "𝑐𝑜" if self.layer.transposed else "𝑜𝑐"
            index = f"({first},𝑖),({second},𝑗)"
            channels = [(first, self._in(rows)), (second, self._in(cols))]
        return [
            (f"{matrix}_{{{index}}}", self._tap(out, into)),
            ("𝑖", self._in(self.operator.output_size)),
            ("𝑗", self._in(self.operator.input_size)),
            *channels,
            *self._where(),
        ]

    def _tap(self, out: str, into: str) -> Display:
        """The taps that join an output pixel to an input pixel."""
        relation = self._relation
        tap = f"{relation.kernel}_{{{self._channels}𝑡}}"
        if self._turns:
            operator = self.operator
            image = operator.output_size if self.layer.transposed else operator.input_size
            same = rf"{relation.pixel(out)} \equiv {into} {self._modulus(image)}"
            return rf"\sum_{{𝑡 \in 𝑇:\; {same}}} {tap}"
        found = relation.tap(out, into, self.layer.axes[0].input_dilation)
        return cases([(tap, rf"\text{{if }} 𝑡 = {found} \in 𝑇")])


@dataclass(frozen=True)
class _Gram(_Formula):
    """Toeplitz part minus what lies outside, or a sum around the ring."""

    factor: Any
    by_rows: bool

    def lines(self) -> list[Line]:
        """The entry, the index sets, and what r is."""
        matrix = f"({self.name or gram_latex('𝐶', self.by_rows)})"
        body, defined = self._toeplitz()
        lines = [defined]
        if not self._turns and self._reaches_out():
            inside, outside = self._outside()
            pair = self._product(self._relation.lag(self.by_rows))
            body += rf" - \sum_{{𝑡 \in 𝑇:\; {outside}}} {pair}"
            lines.append(inside)
        index, channels = "𝑖,𝑗", list[Line]()
        if self.layer.has_channels:
            # p may stand for a padding that differs from axis to axis.
            another = "𝑞" if self._relation.constants[1].is_Symbol else "𝑝"
            first, second = ("𝑜", another) if self.by_rows else ("𝑐", "𝑒")
            index = f"({first},𝑖),({second},𝑗)"
            body = rf"\left[{body}\right]_{{{first},{second}}}"
            channels = [(f"{first}, {second}", self._in(self.operator.rows[:1]))]
        return [
            (f"{matrix}_{{{index}}}", body),
            ("𝑖, 𝑗", self._in(self.operator.output_size)),
            *channels,
            *lines,
            *self._where(),
            *self._outside_the_kernel(),
        ]

    def split_lines(self) -> list[Line]:
        """Both parts of the split, as sums, and what stands in them."""
        by_rows = self.by_rows
        name, factor = ("𝑇", gram_latex("𝑃", True)) if by_rows else ("𝐺", gram_latex("𝐻", False))
        body, defined = self._toeplitz()
        sums: list[Line] = [] if defined[0] == "𝐺_{𝑖,𝑗}" else [defined]
        whole = defined[1] if defined[0] == "𝐺_{𝑖,𝑗}" else body
        taken, inside = "0", list[Line]()
        if self._reaches_out():
            where, outside = self._outside()
            taken = rf"\sum_{{𝑡 \in 𝑇:\; {outside}}} {self._product(self._relation.lag(by_rows))}"
            inside = [where]
        lines = [
            (f"{name}_{{𝑖,𝑗}}", str(whole)),
            (f"({factor})_{{𝑖,𝑗}}", taken),
            ("𝑖, 𝑗", self._in(self.operator.output_size)),
            *sums,
            *inside,
            *self._where(),
            *self._outside_the_kernel(),
        ]
        # The Toeplitz part has the letter that sets of taps have elsewhere.
        if not by_rows:
            return lines
        taps = [(left.replace("𝑇", "𝑈"), str(right).replace("𝑇", "𝑈")) for left, right in lines]
        return [(lines[0][0], taps[0][1]), *taps[1:]]

    def _toeplitz(self) -> tuple[str, Line]:
        """The part without a border, and what its letter stands for."""
        relation = self._relation
        if not self.by_rows and relation.constants[0] != 1:
            window = rf"{relation.window} \in {relation.everywhere}"
            pair = self._product(relation.lag(forward=False))
            return "𝐺_{𝑖,𝑗}", ("𝐺_{𝑖,𝑗}", rf"\sum_{{𝑡 \in 𝑇:\; {window}}} {pair}")
        # Without channels r is even, and the same in both products.
        forward = self.by_rows or not self.layer.has_channels
        r, lag = "𝑟" if forward else "𝑔", relation.lag(forward)
        line = (f"{r}_{{𝛿}}", rf"\sum_{{𝑡 \in 𝑇}} {self._product('𝛿')}")
        if self._turns:
            modulus = self._modulus(self.factor.input_size)
            return rf"\sum_{{𝛿 \equiv {lag} {modulus}}} {r}_{{𝛿}}", line
        return f"{r}_{{{lag}}}", line

    def _reaches_out(self) -> bool:
        """Whether windows see pixels outside, or pixels are seen by windows left out."""
        sees_all = (
            axis.padding <= 0
            and isinstance(over := axis.stride * (axis.output_size - 1) + axis.extent
                           - axis.padding - axis.input_size, int)
            and over <= 0
            for axis in self.layer.axes
        )  # fmt: skip
        return not (self.by_rows and all(sees_all)) and bool(self.operator.split().factor.cells)

    def _outside(self) -> tuple[Line, str]:
        """The pixels that there are, and what is none of them."""
        relation = self._relation
        if self.by_rows:
            return ("𝐼", self._set(self.factor.input_size)), rf"{relation.pixel()} \notin 𝐼"
        windows = rf"{relation.window} \in {relation.everywhere} \setminus 𝑂"
        return ("𝑂", self._set(self.factor.output_size)), windows

    def _product(self, lag: str) -> str:
        """The product of the taps through which two pixels meet."""
        relation = self._relation
        if not self.layer.has_channels:
            return relation.pair(lag)
        left, right = ("", TRANSPOSED) if self.by_rows else (TRANSPOSED, "")
        return rf"𝐾_{{𝑡}}{left}\, 𝐾_{{{relation.shifted(lag)}}}{right}"

    def _outside_the_kernel(self) -> list[Line]:
        """What K_t is, and that it is zero where there is no tap."""
        k, zero = self._relation.kernel, r"0 \text{ for } 𝑡 \notin 𝑇"
        if not self.layer.has_channels:
            return [(f"{k}_{{𝑡}}", zero)]
        entries = rf"\left({k}_{{{self._channels}𝑡}}\right)_{{𝑜,𝑐}}"
        return [("𝐾_{𝑡}", entries), ("𝐾_{𝑡}", zero)]

    def lags(self, letter: str, most: int | None) -> list[Line]:
        """Every r_δ of the formula, unless they are too many; r_{-δ} is it, or its transpose.

        Long ones stay the sums over channels and taps that the formula has.
        """
        if _products(self.layer) > MOST_PRODUCTS:
            return []
        values = autocorrelation(self.layer.kernel, tuple(self.layer.each("dilation")))
        met = [lag for lag in half_lags(values) if self._meets(lag)]
        if not met or (most is not None and len(met) > most):
            return []
        return [*lag_lines(values, met, self.printer, letter), negative_lags(values)]

    def _meets(self, lag: Lag) -> bool:
        """Whether the formula has r_δ at a lag, at some size."""
        if not self.by_rows and self._relation.constants[0] != 1:
            return False
        return all(map(_meets, lag, self.layer.axes, self.operator.rows[1:]))


def _products(layer: Layer) -> int:
    """How many products of two taps all r_δ up to sign are sums of."""
    taps, kernel = prod(layer.kernel.size), layer.kernel
    return kernel.out_channels**2 * kernel.in_channels * taps * (taps + 1) // 2


# --- r_δ -------------------------------------------------------------------------------------


def half_lags(values: Autocorrelation) -> list[Lag]:
    """The lags up to sign."""
    return [lag for lag in values if lag >= (0,) * len(lag)]


def lag_lines(
    values: Autocorrelation, half: Sequence[Lag], printer: Typesetter, letter: str
) -> list[Line]:
    """One equation for each lag; the names begin with this letter."""
    symbols = [lag_symbol(letter, lag) for lag in half]
    own = (lag_symbol("𝑟", lag).name for lag in half)
    printer = printer.with_names(dict(zip(symbols, own, strict=True)))
    return [
        (printer._print(s), printer._print(values[lag]))
        for s, lag in zip(symbols, half, strict=True)
    ]


def _meets(lag: int, axis: Axis, pixels: Size) -> bool:
    """Whether two of so many pixels lie a lag apart, on the line or around the ring."""
    reach, around = far(pixels) - 1, far(axis.input_size)
    turns = (-around, 0, around) if axis.padding_mode == "circular" else (0,)
    return any(
        (lag + turn) % axis.stride == 0 and abs(lag + turn) <= axis.stride * reach for turn in turns
    )


def negative_lags(values: Autocorrelation) -> Line:
    """r_{-δ} is the same, or its transpose."""
    plain = (values.kernel.out_channels, values.kernel.in_channels) == (1, 1)
    return "𝑟_{-𝛿}", rf"𝑟_{{𝛿}}{'' if plain else TRANSPOSED}"
