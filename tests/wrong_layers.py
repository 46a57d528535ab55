"""A convolution in plain NumPy, and the usual ways to get it wrong, each with what it is called."""

from itertools import product

import numpy as np

import symconv as sc

MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge",
         "symmetric": "symmetric"}  # fmt: skip


def numbers(shape, seed=1):
    """Integers that are all different, so that no mistake looks like another by accident."""
    count = int(np.prod(shape))
    return (np.random.default_rng(seed).permutation(count) - count // 3 + 0.0).reshape(shape)


def convolve(
    x, w, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1, mode="zeros"
):
    """Images (N, C, H, W): pad, slide, multiply, add up."""
    padded = np.pad(x, ((0, 0), (0, 0), *padding), mode=MODES[mode])
    out, per_group, *taps = w.shape
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(padded.shape[2:], taps, stride, dilation, strict=True)
    ]
    y = np.zeros((len(x), out, *size))
    for o, i, t, u in product(range(out), range(per_group), *map(range, taps)):
        channel = o // (out // groups) * per_group + i
        rows = slice(dilation[0] * t, dilation[0] * t + stride[0] * (size[0] - 1) + 1, stride[0])
        cols = slice(dilation[1] * u, dilation[1] * u + stride[1] * (size[1] - 1) + 1, stride[1])
        y[:, o] += w[o, i, t, u] * padded[:, channel, rows, cols]
    return y


def scatter(x, w, stride=(1, 1), padding=((0, 0), (0, 0)), extra=(0, 0)):
    """The transposed convolution: every pixel puts down the kernel; weight (in, out, H, W)."""
    taps = w.shape[2:]
    whole = [
        s * (n - 1) + k + a for s, n, k, a in zip(stride, x.shape[2:], taps, extra, strict=True)
    ]
    y = np.zeros((len(x), w.shape[1], *whole))
    for a, b in product(*map(range, x.shape[2:])):
        at = (
            slice(stride[0] * a, stride[0] * a + taps[0]),
            slice(stride[1] * b, stride[1] * b + taps[1]),
        )
        y[(..., *at)] += np.einsum("ni,iotu->notu", x[:, :, a, b], w)
    (top, bottom), (left, right) = padding
    return y[:, :, top : y.shape[2] - bottom, left : y.shape[3] - right]


def stuffed(x, stride, repeat=False):
    """Zeros between the pixels, or the pixels repeated."""
    if repeat:
        return x.repeat(stride[0], axis=2).repeat(stride[1], axis=3)
    size = [(n - 1) * s + 1 for n, s in zip(x.shape[2:], stride, strict=True)]
    y = np.zeros((*x.shape[:2], *size))
    y[:, :, :: stride[0], :: stride[1]] = x
    return y


ONE = ((1, 1), (1, 1))
SQUARE = numbers((3, 3, 3, 3))
KERNEL = sc.Kernel.from_weight(SQUARE)
PLAIN = sc.conv(KERNEL, (6, 5))
PADDED = sc.conv(KERNEL, (5, 5), padding=1)
STRIDED = sc.conv(KERNEL, (7, 8), stride=2, padding=1)
STEPS = sc.conv(KERNEL, (9, 10), stride=(2, 3), padding=1)
DILATED = sc.conv(KERNEL, (7, 9), dilation=2, padding=2)
BOTH = sc.conv(KERNEL, (9, 11), stride=2, dilation=3, padding=3)
EVEN_WEIGHT = numbers((2, 2, 4, 4))
EVEN = sc.conv(sc.Kernel.from_weight(EVEN_WEIGHT), (6, 6), padding="same")
GROUPED_WEIGHT = numbers((4, 2, 3, 3))
GROUPED = sc.conv(sc.Kernel.from_weight(GROUPED_WEIGHT, groups=2), (5, 4))
OBLONG_WEIGHT = numbers((4, 3, 3, 2))
OBLONG = sc.conv(sc.Kernel.from_weight(OBLONG_WEIGHT), (5, 5))
UP_WEIGHT = numbers((3, 2, 3, 3))
UP = sc.conv_transpose(sc.Kernel.from_weight(UP_WEIGHT), (4, 3), stride=2, padding=1,
                       output_padding=1)  # fmt: skip
DOUBLE = (2, 2)


def one_by_one(x, w, reset=True):
    """Images that follow each other see what is left of the ones before."""
    y, left = np.zeros((len(x), len(w), x.shape[2] - 2, x.shape[3] - 2)), 0
    for n in range(len(x)):
        left = convolve(x[n : n + 1], w)[0] + (0 if reset else left)
        y[n] = left
    return y


def bordered(y, top=0, bottom=0, left=0, right=0):
    """Zeros in the first and last rows and columns."""
    kept = np.zeros_like(y)
    inside = (..., slice(top, y.shape[2] - bottom), slice(left, y.shape[3] - right))
    kept[inside] = y[inside]
    return kept


def shares(size, padding):
    """How many taps of a 3 x 3 window lie inside of the image."""
    return convolve(np.ones((1, 1, *size)), np.ones((1, 1, 3, 3)), padding=padding)


# Name, the operator, the code, and what it is told to look like.
WRONG = [
    ("convolution proper, not correlation", PLAIN,
     lambda x: convolve(x, SQUARE[:, :, ::-1, ::-1]), "the kernel is flipped on both axes"),
    ("the kernel upside down", PLAIN,
     lambda x: convolve(x, SQUARE[:, :, ::-1]), "the kernel is flipped on axis 0"),
    ("the kernel left to right", PLAIN,
     lambda x: convolve(x, SQUARE[:, :, :, ::-1]), "the kernel is flipped on axis 1"),
    ("the kernel transposed", PLAIN,
     lambda x: convolve(x, SQUARE.swapaxes(2, 3)), "axes 0 and 1 of the kernel are exchanged"),
    ("a weight (in, out, …)", PLAIN,
     lambda x: convolve(x, SQUARE.swapaxes(0, 1)), "in and out channels are exchanged"),
    ("a weight HWIO reshaped", OBLONG,
     lambda x: convolve(x, OBLONG_WEIGHT.transpose(2, 3, 1, 0).reshape(OBLONG_WEIGHT.shape)),
     "the weight is reshaped from (*size, in, out)"),
    ("a weight OIHW reshaped to HWIO", OBLONG,
     lambda x: convolve(x, OBLONG_WEIGHT.reshape(3, 2, 3, 4).transpose(3, 2, 0, 1)),
     "the weight is reshaped to (*size, in, out)"),
    ("a tap too few, last row", PLAIN,
     lambda x: convolve(x[:, :, :-1], SQUARE[:, :, :-1]), "the last tap of axis 0 is left out"),
    ("a tap too few, first column", PLAIN,
     lambda x: convolve(x[:, :, :, 1:], SQUARE[:, :, :, 1:]), "the first tap of axis 1 is left out"),
    ("padding forgotten", PADDED,
     lambda x: convolve(x, SQUARE), "padding is left out"),
    ("padding twice as wide", PADDED,
     lambda x: convolve(x, SQUARE, padding=((2, 2), (2, 2))), "padding is 2 in place of (1, 1)"),
    ("one pixel later", PADDED,
     lambda x: convolve(x, SQUARE, padding=((0, 2), (0, 2))),
     "padding starts one pixel later on both axes"),
    ("one pixel earlier, columns", PADDED,
     lambda x: convolve(x, SQUARE, padding=((1, 1), (2, 0))),
     "padding starts one pixel earlier on axis 1"),
    ("the odd pixel at the start", EVEN,
     lambda x: convolve(x, EVEN_WEIGHT, padding=((2, 1), (2, 1))),
     "the two ends of padding are exchanged"),
    ("dilation forgotten in the padding", DILATED,
     lambda x: convolve(x, SQUARE, dilation=DOUBLE, padding=ONE),
     "padding is 1 in place of (2, 2)"),
    ("wrapped around", PADDED,
     lambda x: convolve(x, SQUARE, padding=ONE, mode="circular"),
     "padding is circular in place of zeros"),
    ("the edge repeated", PADDED,
     lambda x: convolve(x, SQUARE, padding=ONE, mode="replicate"), "padding is replicate"),
    ("reflect with the edge twice", sc.conv(KERNEL, (5, 5), padding=1, padding_mode="reflect"),
     lambda x: convolve(x, SQUARE, padding=ONE, mode="symmetric"),
     "padding is symmetric in place of reflect"),
    ("stride forgotten", STRIDED,
     lambda x: convolve(x, SQUARE, padding=ONE), "stride is left out"),
    ("stride of the other axis", STEPS,
     lambda x: convolve(x, SQUARE, stride=(3, 2), padding=ONE),
     "stride of axes 0 and 1 is exchanged"),
    ("stride as dilation", BOTH,
     lambda x: convolve(x, SQUARE, stride=(3, 3), dilation=DOUBLE, padding=((3, 3), (3, 3))),
     "stride and dilation are exchanged"),
    ("sampled first", STRIDED,
     lambda x: convolve(x[:, :, ::2, ::2], SQUARE, padding=ONE),
     "the image is sampled before the convolution"),
    ("windows sampled from the second on", STRIDED,
     lambda x: convolve(x, SQUARE, stride=DOUBLE, padding=((0, 2), (0, 2))),
     "padding starts one pixel later on both axes"),
    ("dilation forgotten", DILATED,
     lambda x: convolve(x, SQUARE, padding=((2, 2), (2, 2))), "dilation is left out"),
    ("dilation counts the gaps", DILATED,
     lambda x: convolve(x, SQUARE, dilation=(3, 3), padding=((2, 2), (2, 2))),
     "dilation is one more than it should be"),
    ("inputs dealt to the groups", GROUPED,
     lambda x: convolve(x[:, [0, 2, 1, 3]], GROUPED_WEIGHT, groups=2),
     "input channels are dealt to the groups in turn"),
    ("outputs dealt to the groups", GROUPED,
     lambda x: convolve(x, GROUPED_WEIGHT, groups=2)[:, [0, 2, 1, 3]],
     "output channels are dealt to the groups in turn"),
    ("the first group's kernels", GROUPED,
     lambda x: convolve(x, GROUPED_WEIGHT[[0, 1, 0, 1]], groups=2),
     "the first group's kernels are used for every group"),
    ("channels not added up", PLAIN,
     lambda x: convolve(x, np.stack([SQUARE[o, o : o + 1] for o in range(3)]), groups=3),
     "input channels are not added up"),
    ("the first channel alone", PLAIN,
     lambda x: convolve(x[:, :1], SQUARE[:, :1]), "the first input channel alone is read"),
    ("one kernel for all outputs", PLAIN,
     lambda x: convolve(x, SQUARE[[0, 0, 0]]), "the kernel of the first output channel is used"),
    ("blue, green, red", PLAIN,
     lambda x: convolve(x[:, ::-1], SQUARE), "input channels are in reverse order"),
    ("channels last, reshaped", PLAIN,
     lambda x: convolve(x.reshape(-1, 6, 5, 3).transpose(0, 3, 1, 2), SQUARE),
     "the image is read as if its channels were last"),
    ("width before height", PADDED,
     lambda x: convolve(x.swapaxes(2, 3), SQUARE, padding=ONE),
     "axes 0 and 1 of the image are exchanged"),
    ("the last row not written", PLAIN,
     lambda x: bordered(convolve(x, SQUARE), bottom=1),
     "the last output pixel is left at zero on axis 0"),
    ("the border not written", PADDED,
     lambda x: bordered(convolve(x, SQUARE, padding=ONE), 1, 1, 1, 1),
     "outputs whose window is not inside of the image are left at zero"),
    ("the mean of the taps inside", PADDED,
     lambda x: convolve(x, SQUARE, padding=ONE) / shares((5, 5), ONE),
     "outputs are divided by the number of taps inside of the image"),
    ("rolled in a Fourier transform", PADDED,
     lambda x: np.roll(convolve(x, SQUARE, padding=ONE), 1, axis=3),
     "the output is rolled by 1 on axis 1"),
    ("the wrong sign", PLAIN,
     lambda x: -convolve(x, SQUARE), "everything is multiplied by -1"),
    ("a mean in place of a sum", PLAIN,
     lambda x: convolve(x, SQUARE) / 9, "everything is multiplied by 0.111111"),
    ("a bias", PLAIN,
     lambda x: convolve(x, SQUARE) + 5, "a constant is added, such as a bias"),
    ("a ReLU", PLAIN,
     lambda x: np.maximum(convolve(x, SQUARE), 0), "negative entries are cut off"),
    ("the backward pass", PADDED,
     lambda x: scatter(x, SQUARE, padding=ONE), "it is C.T"),
    ("upsampling in place of downsampling", STRIDED,
     lambda x: scatter(x, SQUARE, stride=DOUBLE, padding=ONE),
     "it is a transposed convolution with these arguments"),
    ("the batch adds up", PLAIN,
     lambda x: one_by_one(x, SQUARE, reset=False), "alone they are right"),
    ("stuffed, the kernel not flipped", UP,
     lambda x: convolve(stuffed(x, DOUBLE), UP_WEIGHT.swapaxes(0, 1), padding=((1, 2), (1, 2))),
     "the kernel is flipped on both axes"),
    ("cropped at the other end", UP,
     lambda x: scatter(x, UP_WEIGHT, stride=DOUBLE, padding=((0, 1), (0, 1))),
     "output_padding is put at the start"),
    ("output_padding forgotten", UP,
     lambda x: scatter(x, UP_WEIGHT, stride=DOUBLE, padding=ONE), "output_padding is left out"),
    ("not cropped", UP,
     lambda x: scatter(x, UP_WEIGHT, stride=DOUBLE, extra=(1, 1)), "padding is left out"),
    ("pixels repeated", UP,
     lambda x: convolve(stuffed(x, DOUBLE, repeat=True), UP_WEIGHT.swapaxes(0, 1)[:, :, ::-1, ::-1],
                        padding=ONE),
     "pixels are repeated, in place of zeros between them"),
]  # fmt: skip
