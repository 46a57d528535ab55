"""Models with branches, of PyTorch, ONNX and Keras: run on integers, against the stack."""

import numpy as np
import pytest
import sympy as sp
from stacks.networks import resnet18

import symconv as sc

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
keras = pytest.importorskip("keras")
nn, F = torch.nn, torch.nn.functional
n, m = sp.symbols("n m")
DRAW = np.random.default_rng(5)


def integers(*shape):
    return DRAW.integers(-3, 4, shape)


def exact(array):
    return [sp.Rational(float(v)) for v in np.asarray(array).ravel()]


# --- PyTorch, by its own trace -------------------------------------------------------------------


class Block(nn.Module):
    """He et al., arXiv:1512.03385, figure 2, with a projection where the size changes."""

    def __init__(self, before, after, stride=1):
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for _ in range(2))
        self.relu = nn.ReLU()
        self.down = nn.Conv2d(before, after, 1, stride, bias=False) if stride > 1 else None

    def forward(self, x):
        y = self.relu(self.norms[0](self.first(x)))
        y = self.norms[1](self.second(y))
        y += x if self.down is None else self.down(x)
        return F.relu(y)


class ResNet(nn.Module):
    """Table 1 of the same, 18 layers, from the widths of its stages."""

    def __init__(self, widths=(64, 128, 256, 512), classes=1000):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 7, 2, 3, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip
        pairs = zip((widths[0], *widths), widths, strict=False)
        blocks = [
            part
            for i, (before, after) in enumerate(pairs)
            for part in (Block(before, after, 2 if i else 1), Block(after, after))
        ]
        self.stages = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x):
        return self.head(torch.flatten(self.pool(self.stages(self.stem(x))), 1))


class Skips(nn.Module):
    """A small U-Net (Ronneberger et al., arXiv:1505.04597, figure 1): the crop, and channels joined."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 2, 3)
        self.deep = nn.Conv2d(2, 2, 3, padding=1)
        self.up = nn.ConvTranspose2d(2, 1, 2, stride=2)
        self.last = nn.Conv2d(3, 1, 3)

    def forward(self, x):
        x = self.down(x)
        y = self.up(F.relu(self.deep(F.avg_pool2d(x, 2))))
        return 2 * self.last(torch.cat([x, y], 1)) - 1


def whole(module):
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(integers(*parameter.shape)))
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.eps = 0.25
                part.running_mean.copy_(torch.arange(part.num_features) - 1)
                part.running_var.fill_(3.75)
    return module


def test_resnet_as_users_write_it():
    S = sc.stack(ResNet(), (n, n))
    table = sc.stack(resnet18(), (n, n))
    assert [row.channels for row in S.rows][-1] == 1000
    convolutional = [row.size for row in S.rows][:-3]
    assert convolutional[-1] == table.output_size == (sp.ceiling(n / 32),) * 2
    assert S.fields[len(convolutional) - 1] == table.receptive_field
    assert S.admissible[n].remainders == tuple(range(32))
    assert S.output_size == (1, 1)
    assert S.receptive_field == (None, None)


@pytest.mark.parametrize(
    ("module", "channels", "size"), [(Skips(), 1, (8, 6)), (Block(2, 3, 2), 2, (3, 4))]
)
def test_the_derivative_of_a_piecewise_linear_net(module, channels, size):
    """At a point the net is an affine map, whose operator is PyTorch's Jacobian there."""
    module = whole(module)
    x = torch.from_numpy(integers(1, channels, *size)).double()
    S = sc.stack(module, size, channels=channels)
    assert S.nonlinear
    near = S.at_point(x[0].numpy().astype(int))
    assert exact(module(x).detach()) == sp.flatten(near.affine(x[0].numpy().astype(int)))
    jacobian = torch.autograd.functional.jacobian(lambda y: module(y).flatten(), x).flatten(1)
    assert (sc.to_numpy(near.operator) == jacobian.numpy()).all()


def test_masks_are_the_derivative_at_every_point():
    module = whole(
        nn.Sequential(nn.Conv1d(1, 2, 2), nn.ReLU(), nn.Conv1d(2, 1, 2), nn.LeakyReLU(0.25))
    )
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor([[[1, -2]], [[3, 2]]]))
        module[2].weight.copy_(torch.tensor([[[1, -1], [2, 3]]]))
    S = sc.from_torch(module, 4).masked()
    symbols = sorted(S.operator.free_symbols, key=str)
    assert len(symbols) == 2 * 3 + 2
    for _ in range(3):
        x = torch.from_numpy(integers(1, 1, 4)).double()
        inner = module[0](x), module[:3](x)
        signs = [int(v > 0) for part in inner for v in part.detach().flatten()]
        names = [f"m^{{(1)}}_{{{c},{i}}}" for c in range(2) for i in range(3)]
        names += [f"m^{{(2)}}_{{{i}}}" for i in range(2)]
        values = dict(zip(names, signs, strict=True))
        at = S.operator.subs({symbol: values[str(symbol)] for symbol in symbols})
        jacobian = torch.autograd.functional.jacobian(lambda y: module(y).flatten(), x).flatten(1)
        assert exact(jacobian) == list(at.as_explicit())


def test_largest_pixels_at_a_point():
    module = whole(
        nn.Sequential(nn.Conv2d(1, 2, 2), nn.MaxPool2d(3, 2, 1), nn.Conv2d(2, 1, 2), nn.ReLU6())
    )
    for _ in range(3):
        x = torch.from_numpy(integers(1, 1, 5, 6)).double()
        near = sc.from_torch(module, (5, 6)).at_point(x[0].numpy().astype(int))
        assert exact(module(x).detach()) == sp.flatten(near.affine(x[0].numpy().astype(int)))


# --- ONNX ------------------------------------------------------------------------------------------

GRAPH = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[1, 2, 6, 7] x) => (float[1, A, B, C] y)
<float[3, 2, 3, 3] w, float[3] b, float[2, 3, 1, 1] v, float[1, 3, 1, 1] scale, int64[8] pads>
{
  a = Conv <pads = [1, 1, 1, 1]> (x, w, b)
  r = Relu (a)
  s = Mul (r, scale)
  t = Conv (s, v)
  p = Pad <mode = "reflect"> (x, pads)
  q = AveragePool <kernel_shape = [2, 2], strides = [1, 1]> (p)
  u = Add (t, q)
  c = Concat <axis = 1> (x, u, s)
  d = SpaceToDepth <blocksize = 1> (c)
  g = GlobalAveragePool (d)
  y = Sub (d, d)
}
"""


def graph():
    model = onnx.parser.parse_model(GRAPH)
    arrays = {
        "w": integers(3, 2, 3, 3), "b": integers(3), "v": integers(2, 3, 1, 1),
        "scale": integers(1, 3, 1, 1),
    }  # fmt: skip
    tensors = [
        onnx.numpy_helper.from_array(array.astype(np.float32), name)
        for name, array in arrays.items()
    ]
    pads = np.array([0, 0, 0, 1, 0, 0, 1, 0])
    tensors.append(onnx.numpy_helper.from_array(pads.astype(np.int64), "pads"))
    del model.graph.initializer[:]
    model.graph.initializer.extend(tensors)
    return model


def values(model, x, names):
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for name in names:
        if name not in {v.name for v in model.graph.output}:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return dict(zip(names, session.run(names, {"x": x.astype(np.float32)}), strict=True))


@pytest.mark.parametrize(
    ("start", "end"), [("x", "a"), ("r", "t"), ("x", "q"), ("s", "s"), ("r", "s")]
)
def test_a_part_of_a_model(start, end):
    model = graph()
    image = integers(1, 2, 6, 7)
    found = values(model, image, list(dict.fromkeys(v for v in (start, end) if v != "x")))
    x = image if start == "x" else found[start]
    S = sc.stack(model, (6, 7), channels=x.shape[1], start=start, end=end)
    assert exact(found[end]) == sp.flatten(S.affine(x[0].astype(int)))


def test_the_whole_model_at_a_point():
    model, x = graph(), integers(1, 2, 6, 7)
    S = sc.stack(model, end="d")
    assert (S.input_size, S.nonlinear, S.rows[-1].channels) == ((6, 7), ("Relu",), 7)
    near = S.at_point(x[0])
    assert exact(values(model, x, ["d"])["d"]) == sp.flatten(near.affine(x[0]))
    assert sc.stack(model).at_point(x[0]).operator == 0 * sc.stack(model).at_point(x[0]).operator
    assert sc.stack(model, (n, n), channels=2, end="c").output_size == (n, n)


def test_a_normalisation_of_a_model():
    """Its constants are arrays of floats, each of which is kept exactly."""
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 15]> net (float[1, 2, 3] x) => (float[1, A, B] y)'
        "<float[2] g = {0.5, -3}, float[2] b = {1, 0.1}, float[2] m = {0.25, 0}, float[2] v = {3.75, 0}>"
        "{ y = BatchNormalization <epsilon = 0.25> (x, g, b, m, v) }"
    )
    x = integers(1, 2, 3)
    found = sc.stack(model).affine(x[0])
    tenth = sp.Rational(float(np.float32(0.1)))
    shifted = [sp.Rational(int(v) * 4 - 1, 16) + 1 for v in x[0][0]]
    assert sp.flatten(found) == [*shifted, *(-6 * int(v) + tenth for v in x[0][1])]


def test_a_file(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(graph(), path)
    assert sc.stack(path, end="a").output_size == (6, 7)
    assert sc.stack(str(path), end="g").output_size == (1, 1)


REFUSED = {
    "y = MaxPool <kernel_shape = [2]> (x)": None,
    "y = Conv (x, x)": "weights are computed from the image",
    "y = Mul (x, x)": "multiplies two images",
    "y = Softmax (x)": "sum over the image",
    "y = LRN <size = 3> (x)": "statistic of the image",
    "y = Transpose (x)": "an operator on windows",
    "y = ConvInteger (x, x)": "of several images",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text):
    head = '<ir_version: 8, opset_import: ["" : 17]> net (float[1, 1, 6] x) => (float[1, A, B] y)'
    model = onnx.parser.parse_model(f"{head} {{ {text} }}")
    if REFUSED[text] is None:
        assert sc.stack(model).nonlinear == ("MaxPool",)
        return
    with pytest.raises(sc.SymconvError, match=REFUSED[text]):
        sc.stack(model)


def test_values_that_a_model_does_not_have():
    with pytest.raises(sc.SymconvError, match="no value 'z'"):
        sc.stack(graph(), end="z")
    with pytest.raises(sc.SymconvError, match="and not from 'q' alone"):
        sc.stack(graph(), start="q", end="u")


# --- Keras -----------------------------------------------------------------------------------------


def keras_model():
    layers = keras.layers
    x = keras.Input((6, 7, 2))
    a = layers.Conv2D(3, 3, padding="same", activation="relu", name="a")(x)
    b = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=1)(a)
    c = layers.Add(name="c")([a, b])
    d = layers.Concatenate()(
        [c, layers.ZeroPadding2D(((1, 0), (0, 1)))(layers.Cropping2D(((0, 1), (1, 0)))(x))]
    )
    e = layers.SeparableConv2D(2, 2, strides=2, padding="same")(d)
    f = layers.UpSampling2D(2)(e)
    g = layers.Conv2DTranspose(1, 3, strides=2, padding="same", name="g")(f)
    h = layers.AveragePooling2D(2)(g)
    y = layers.Dense(2)(layers.Flatten()(h))
    model = keras.Model(x, y)
    for weight in model.weights:
        weight.assign(integers(*weight.shape))
    return model


def test_a_functional_model():
    model, x = keras_model(), integers(1, 6, 7, 2)
    S = sc.stack(model, (6, 7))
    assert S.nonlinear == ("relu",)
    channel_first = np.moveaxis(x[0], -1, 0)
    near = S.at_point(channel_first)
    assert exact(model(x.astype(np.float32))) == sp.flatten(near.affine(channel_first))
    assert sc.stack(model, (n, n), end="g").output_size == (4 * sp.ceiling(n / 2),) * 2
    part = sc.stack(model, (6, 7), start="a", end="c", channels=3)
    assert part.operator == sc.identity((6, 7), 3) + sc.from_tensorflow(model.layers[2], (6, 7))


def test_a_sequential_model():
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((8, 1)), layers.Conv1D(2, 3, padding="causal", dilation_rate=2), layers.BatchNormalization(),
        layers.MaxPooling1D(2), layers.LeakyReLU(0.5), layers.GlobalAveragePooling1D(keepdims=True),
    ])  # fmt: skip
    for weight in model.weights:
        weight.assign(
            np.abs(integers(*weight.shape)) + 0.25
            if "variance" in weight.path
            else integers(*weight.shape)
        )
    model.layers[1].epsilon = 0.0
    model.layers[1].moving_variance.assign([4.0, 0.25])
    x = integers(1, 8, 1)
    S = sc.stack(model, (8,))
    near = S.at_point(x[0].T)
    assert exact(model(x.astype(np.float32), training=False)) == sp.flatten(near.affine(x[0].T))
    assert sc.stack(model, (n,)).nonlinear == ("MaxPool", "LeakyReLU")
