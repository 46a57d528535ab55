"""Stacks: their sizes, fields and maps against layers one by one, and what is refused."""

import random

import pytest
import reference
import sympy as sp
from stacks.networks import CONV, unet_contracting

import symconv as sc
from symconv.plotting.receptive_field import receptive_fields
from symconv.stacks.operator_stages import window_operators
from symconv.stacks.windows import merged

n, m, t = sp.symbols("n m t")


def drawn(seed):
    """Arguments of a few layers on one axis, transposed ones among them."""
    pick = random.Random(seed)
    layers = []
    for _ in range(pick.randint(1, 5)):
        k, s, d = pick.randint(1, 4), pick.randint(1, 3), pick.randint(1, 2)
        low, high = pick.randint(0, k - 1), pick.randint(0, k - 1)
        layer = {"kernel_size": k, "stride": s, "dilation": d, "padding": ((low, high),)}
        if pick.random() < 0.3:
            layer |= {"transposed": True, "output_padding": pick.randint(0, max(s, d) - 1)}
        layers.append(layer)
    return layers


def size_after(size, layer):
    """By the definition; None where no pixel is left."""
    (pads,) = layer["padding"]
    k, s, d = (layer[word] for word in ("kernel_size", "stride", "dilation"))
    if layer.get("transposed"):
        found = s * (size - 1) + d * (k - 1) + 1 - sum(pads) + layer["output_padding"]
    else:
        found = reference.output_size(size, k, s, pads, d, 1)
    return found if found > 0 else None


def sizes_of(layers, size):
    sizes = [size]
    for layer in layers:
        sizes.append(size_after(sizes[-1], layer))
        if sizes[-1] is None:
            return None
    return sizes


def drops(layers, sizes):
    """Whether some layer has pixels at the end that no window could reach, by trying each."""
    for size, layer, after in zip(sizes, layers, sizes[1:], strict=False):
        if layer.get("transposed"):
            continue
        k, s, d, ((low, _),) = (layer[w] for w in ("kernel_size", "stride", "dilation", "padding"))
        last = s * (after - 1) + d * (k - 1) - low
        if size - 1 - last > max(0, s - d * (k - 1) - 1):
            return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_random_stacks_at_every_size(seed):
    layers = drawn(seed)
    S = sc.stack(layers, (n,))
    found = S.admissible[n]
    cases = S.residue_cases(admissible_only=False)
    assert len(cases) == found.period
    for size in range(1, 50):
        expected = sizes_of(layers, size)
        assert (size >= found.least) == (expected is not None)
        if expected is None:
            continue
        assert [sp.sympify(s[0]).subs(n, size) for s in S.sizes] == expected
        assert (size in found) == (not drops(layers, expected))
        q, r = divmod(size, found.period)
        case = cases[r,]
        assert [sp.sympify(s[0]).subs(sp.Symbol("m_n"), q) for s in case.sizes] == expected


@pytest.mark.parametrize("seed", range(60, 80))
def test_random_stacks_on_axes_that_grow_together(seed):
    layers = drawn(seed)
    planes = [
        {**layer, "kernel_size": (layer["kernel_size"],) * 2, "padding": layer["padding"] * 2}
        for layer in layers
    ]
    S = sc.stack(planes, (3 * n + 2, n + 1))
    found = S.admissible[n]
    for value in range(1, 30):
        expected = [sizes_of(layers, 3 * value + 2), sizes_of(layers, value + 1)]
        assert (value >= found.least) == (None not in expected)
        if None not in expected:
            assert [tuple(sp.sympify(s).subs(n, value) for s in size) for size in S.sizes] == [
                *zip(*expected, strict=True)
            ]
            assert (value in found) == (not any(drops(layers, sizes) for sizes in expected))


def walk(layers, at):
    """What an output pixel meets on each image, on lines without an end, the first image first."""
    met = [{at}]
    for layer in reversed(layers):
        k, s, d, ((low, _),) = (layer[w] for w in ("kernel_size", "stride", "dilation", "padding"))
        taps = [d * tap - low for tap in range(k)]
        if layer.get("transposed"):
            # o = s*i + d*t - p
            before = {(o - x) // s for o in met[0] for x in taps if (o - x) % s == 0}
        else:
            before = {s * o + x for o in met[0] for x in taps}
        met.insert(0, before)
    return met


@pytest.mark.parametrize("seed", range(40))
def test_fields_against_walks(seed):
    """Of every output pixel; where the walk stays on the images, against the paths drawn, too."""
    layers = drawn(seed)
    S = sc.stack(layers, (sc.stack(layers, (n,)).admissible[n].least + 120,))
    operators = []
    for stage, size in zip(S.stages, S.sizes, strict=False):
        operators.append(stage.affine(size, 1).operator)
    compared = 0
    for at in range(S.output_size[0]):
        met = walk(layers, at)
        assert S.receptive_field[0].pixels(at) == sorted(met[0])
        inside = all(
            0 <= p < size[0] for level, size in zip(met, S.sizes, strict=True) for p in level
        )
        if inside and compared < 3:
            compared += 1
            assert {p for (p,) in receptive_fields(operators, (at,))[0]} == met[0]
    assert compared


def test_drawn_and_in_closed_form():
    S = sc.stack(
        [{"kernel_size": 3}, "relu", {"max_pool": 2}, {"kernel_size": 3, "dilation": 2}], (20,)
    )
    operators = window_operators(S.stages, S.image)
    assert [C.output_size for C in operators] == [(18,), (9,), (5,)]
    assert sorted(p for (p,) in receptive_fields(operators, (2,))[0]) == S.receptive_field[
        0
    ].pixels(2)
    titles = [text.get_text() for text in sc.draw_receptive_field(S, at=2).axes[0].texts]
    assert f"image: spans {S.receptive_field[0].size} of 20" in titles
    with pytest.raises(sc.SymconvError, match="branches"):
        sc.draw_receptive_field(sc.stack([{"sum": [[], []]}], (4,)))


def test_a_floor_of_floors_is_one():
    S = sc.stack([{"kernel_size": 3, "stride": 2, "padding": 1}] * 3, (n,))
    assert [size[0] for size in S.sizes] == [
        n,
        sp.ceiling(n / 2),
        sp.ceiling(n / 4),
        sp.ceiling(n / 8),
    ]
    assert merged(sp.floor(3 * sp.floor(n / 2) / 2)) == sp.floor(3 * sp.floor(n / 2) / 2)


def test_two_axes_and_two_symbols():
    S = sc.stack(
        [{"kernel_size": (3, 1), "stride": (2, 1)}, {"max_pool": (1, 2), "stride": (1, 2)}], (n, m)
    )
    assert S.output_size == (sp.ceiling(n / 2) - 1, sp.floor(m / 2))
    assert {s: (a.period, a.remainders, a.least) for s, a in S.admissible.items()} == {
        m: (2, (0,), 2), n: (2, (1,), 3),
    }  # fmt: skip
    ((case, found),) = S.residue_cases().items()
    assert case == (0, 1)
    assert [f.size for f in found.receptive_field] == [3, 2]
    both = sc.stack([{"kernel_size": (3, 1), "stride": (2, 1)}, {"max_pool": (1, 3)}], (n, n))
    assert (both.admissible[n].period, both.admissible[n].remainders) == (6, (3,))


def test_the_whole_map_and_its_transpose():
    a = sc.Kernel(sp.symbols("a b c"))
    layers = [
        {"kernel": a, "padding": 1, "bias": ["u"]},
        {"kernel": [1, 2], "stride": 2},
        {"kernel": [1, 1, 1], "transposed": True, "stride": 2, "bias": [5]},
    ]
    S = sc.stack(layers, (2 * m,))
    first = sc.affine(sc.conv(a, 2 * m, padding=1), ["u"])
    last = sc.affine(sc.conv_transpose([1, 1, 1], m, stride=2), [5])
    assert S.affine == last @ sc.conv([1, 2], 2 * m, stride=2) @ first
    assert S.operator == S.affine.operator
    assert S.T.operator == S.operator.T
    assert S.T.sizes == tuple(reversed(S.sizes))
    assert S.T.T.operator == S.operator


@pytest.mark.parametrize("seed", range(80, 100))
def test_the_transposed_stack(seed):
    layers = [
        {**layer, "input_dilation": 1 + seed % 3} if "transposed" not in layer else layer
        for layer in drawn(seed)
    ]
    S = sc.stack(layers, (sc.stack(layers, (n,)).admissible[n].least + 7,))
    assert S.T.sizes == tuple(reversed(S.sizes))
    assert S.T.operator == S.operator.T
    # On lines without an end, pixel i reaches output o where o sees i.
    field, back = S.receptive_field[0], S.T.receptive_field[0]
    for at in range(S.output_size[0]):
        assert all(at in back.pixels(pixel) for pixel in field.pixels(at))


def test_fusion_is_that_of_the_operators():
    layers = [{"kernel": [1, 2, 3], "padding": 1}, {"kernel": [1, 1], "stride": 2}]
    S = sc.stack(layers, (2 * m,))
    both = sc.fuse(sc.conv([1, 2, 3], 2 * m, padding=1), sc.conv([1, 1], 2 * m, stride=2))
    assert S.fuse().layer == both.layer
    assert S.fuse().correction == both.correction
    assert S.receptive_field[0].size == both.layer.kernel.size[0]
    assert S.receptive_field[0].first == -both.layer.axes[0].padding


def test_operators_and_products_of_them():
    C = sc.conv([1, 2], 9, stride=2)
    D = sc.conv([1, 2, 3], C.output_size)
    S = sc.stack([2 * (D @ C), sc.affine(sc.conv([1, 1], D.output_size), [t])])
    assert S.sizes == ((9,), (2,), (1,))
    assert S.receptive_field[0].pixels(0) == list(range(8))
    assert S.operator == sc.conv([1, 1], 2) @ (2 * (D @ C))
    with pytest.raises(sc.SymconvError, match=r"is given \(11,\)"):
        sc.stack([C], 11)
    with pytest.raises(sc.SymconvError, match="does not take"):
        _ = sc.stack([{"sum": [[C], [C]]}], 11).affine


def test_operators_of_any_size_at_one():
    C = sc.conv(sc.Kernel(sp.symbols("a b c")), 2 * m, stride=2, padding=1)
    S = sc.stack([C, sc.conv([1, 2], m)])
    assert S.at({m: 4}).sizes == ((8,), (4,), (3,))
    assert S.at({m: 4}).operator == S.operator.at({m: 4})
    assert S.T.at({m: 4}).operator == S.operator.at({m: 4}).T
    with pytest.raises(sc.SymconvError, match="does not take"):
        _ = S.at({m: 2 * n}).operator


@pytest.mark.parametrize("mode", ["zeros", "reflect", "circular", "replicate", "symmetric"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_least_size_with_copied_padding(mode, steps):
    layer = {"kernel_size": 3, "padding": ((4, 2),), "padding_mode": mode, "input_dilation": steps}
    least = sc.stack([layer], (n,)).admissible[n].least
    sc.conv([1, 2, 3], least, **{k: v for k, v in layer.items() if k != "kernel_size"})
    if least > 1:
        with pytest.raises(sc.SymconvError):
            sc.conv([1, 2, 3], least - 1, **{k: v for k, v in layer.items() if k != "kernel_size"})


def test_a_sum_has_no_order():
    cut = [{"kernel_size": 2, "stride": 2}]
    kept = [{"kernel_size": 3, "stride": 2, "padding": ((1, 0),)}]
    for parts in ([cut, kept], [kept, cut]):
        found = sc.stack([{"sum": parts}], (n,)).admissible[n]
        assert (found.period, found.remainders) == (2, (0,))


def test_segments_are_cut_where_nothing_is_linear():
    S = sc.stack([CONV, CONV, "relu", {"max_pool": 2}, CONV], (8, 8))
    assert [len(part) for part in S.segments] == [2, 1, 1, 1]
    assert [part.nonlinear for part in S.segments] == [(), ("ReLU",), ("MaxPool",), ()]
    assert [part.input_size[0] for part in S.segments] == [8, 8, 8, 4]
    assert S.nonlinear == ("ReLU", "MaxPool")
    for refused in (lambda: S.affine, lambda: S.T, S.fuse):
        with pytest.raises(sc.SymconvError, match="ReLU is not linear"):
            refused()
    with pytest.raises(sc.SymconvError, match="residue_cases"):
        _ = sc.stack([{"max_pool": 2}, CONV], (n, n)).segments


def test_branches_are_added():
    main = [{"kernel": [1, 2, 3], "padding": 1}]
    S = sc.stack([{"sum": [main, []]}], (n,))
    assert S.operator == sc.conv([1, 3, 3], n, padding=1)
    assert S.T.operator == S.operator.T
    strided = [{"kernel_size": 3, "stride": 2, "padding": 1}]
    both = sc.stack([{"sum": [strided, [{"kernel_size": 1, "stride": 2}]]}], (n,))
    assert both.admissible[n].remainders == (0, 1)
    assert both.receptive_field[0].pixels(2) == [3, 4, 5]
    # Branches that differ by a pixel at odd sizes fit at even ones only.
    uneven = sc.stack([{"sum": [strided, [{"max_pool": 2}]]}], (n,))
    assert uneven.admissible[n].remainders == (0,)
    with pytest.raises(sc.SymconvError, match="4, 3 pixels"):
        sc.stack([{"sum": [strided, [{"max_pool": 2}]]}], (7,))
    with pytest.raises(sc.SymconvError, match="cannot be added"):
        sc.stack([{"sum": [strided, []]}], (n,))


BAD = {
    "no layers": (lambda: sc.stack([], 3), "0 layers"),
    "text": (lambda: sc.stack("relu", 3), "'relu' is no list"),
    "unknown function": (lambda: sc.stack(["softmax"], 3), "'softmax'"),
    "unknown argument": (lambda: sc.stack([{"kernel_size": 3, "pad": 1}], 5), "no 'pad'"),
    "two kernels": (lambda: sc.stack([{"kernel_size": 3, "kernel": [1]}], 5), "either"),
    "no size": (lambda: sc.stack([{"kernel_size": 3}]), "needs the size"),
    "too small": (lambda: sc.stack([{"kernel_size": 3}] * 2, 4), "more than the 2"),
    "axes": (lambda: sc.stack([{"kernel": [[1]]}], 4), "2 axes"),
    "same with a stride": (
        lambda: sc.stack([{"kernel_size": 3, "stride": 2, "padding": "same"}], 4), "stride 2",
    ),
    "channels": (
        lambda: sc.stack([{"kernel": sc.Kernel.symbolic("k", 1, 1, 2)}, {"kernel": [1]}], 4), "given 2",
    ),
    "no layer": (lambda: sc.stack([5], 4), "5 is no layer"),
    "a sum of no lists": (lambda: sc.stack([{"sum": [CONV]}], 4), "no list of branches"),
    "an inverse": (lambda: sc.stack([sc.flip(4) + sc.identity(4)]), "neither a layer"),
    "much padding": (lambda: sc.stack([{"max_pool": 2, "padding": 2}], 4), "more than half"),
    "too many phases": (
        lambda: sc.stack([{"kernel_size": 2, "stride": 2, "transposed": True}] * 11, 4), "phases",
    ),
    "too many remainders": (lambda: sc.stack([{"max_pool": 2}] * 10, (n,)).admissible, "1024"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "shown"), BAD.values(), ids=BAD)
def test_what_is_refused(make, shown):
    with pytest.raises(sc.SymconvError) as error:
        make()
    assert shown in str(error.value)


def test_the_table():
    S = sc.stack(
        [
            {"kernel_size": 3, "dilation": 2},
            {"max_pool": 2},
            {"kernel_size": (2, 2), "stride": 2, "transposed": True},
        ],
        (n, n),
    )
    assert S.markdown().splitlines()[2:] == [
        "| image |  |  |  | 1 | n | 1 | 1 | 0 |",
        "| conv | 3 (2) | 1 | 0 | 1 | n - 4 | 5 | 1 | 0 |",
        "| MaxPool | 2 | 2 | 0 | 1 | floor(n/2) - 2 | 6 | 2 | 0 |",
        "| conv_transpose | 2 | 1/2 | 0 | 1 | 2*floor(n/2) - 4 | 6 | 1 | 0 |",
    ]
    assert sp.latex(S).endswith(
        r"\text{conv}\_\text{transpose} & 2 & 1/2 & 0 & 1 & 2 \left\lfloor{\frac{n}{2}}\right\rfloor - 4 & 6 & 1 & 0\end{array}"
    )
    assert (
        repr(sc.stack(unet_contracting(), (n, n)).at({n: 16 * m + 12}))
        == "Stack(24 layers, 16*m + 12 x 16*m + 12 -> m - 7 x m - 7)"
    )
