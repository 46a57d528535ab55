"""The same linear layer in the words of several frameworks, and against symconv's own."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")


def torch(name, size, **given):
    return sc.from_torch(name, size, channels=2, **given)


def keras(name, size, **given):
    return sc.from_tensorflow(name, size, channels=2, **given)


def onnx(name, size, **given):
    return sc.from_onnx(name, size, channels=2, **given)


def jax(name, size, **given):
    return sc.from_jax(name, size, channels=2, **given)


PLANE = (4, 6)
ALIKE = {
    "cubic to twice the size": (
        keras("UpSampling2D", PLANE, factor=2, interpolation="bicubic", backend="torch"),
        keras("Resizing", PLANE, height=8, width=12, interpolation="bicubic", backend="torch"),
        torch("interpolate", PLANE, scale_factor=2, mode="bicubic", align_corners=False),
        onnx("Resize", PLANE, sizes=[8, 12], mode="cubic"),
    ),
    "cubic without what lies outside": (
        keras("UpSampling2D", PLANE, factor=2, interpolation="bicubic", backend="jax"),
        jax("image.resize", PLANE, shape=(8, 12), method="cubic"),
        onnx("Resize", PLANE, scales=[2.0, 2.0], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1),
    ),
    "the middle": (
        keras("CenterCrop", PLANE, height=3, width=3),
        keras("Cropping2D", PLANE, cropping=((0, 1), (1, 2))),
        torch("pad", PLANE, padding=[-1, -2, 0, -1]),
        onnx("Pad", PLANE, pads=[0, -1, -1, -2]),
    ),
    "windows put back": (
        sc.from_torch("Fold", (3, 5), output_size=PLANE, kernel_size=2, channels=8),
        sc.from_onnx("Col2Im", (3, 5), image_shape=PLANE, block_shape=[2, 2], channels=8),
        sc.from_onnx("Col2Im", 15, image_shape=PLANE, block_shape=[2, 2], channels=8),
    ),
    "no scale where the size stays": (
        onnx("Resize", 3, scales=[1.3], mode="linear"),
        onnx("Resize", 3, sizes=[3], mode="cubic"),
        sc.identity(3, 2),
    ),
    "means": (
        torch("AvgPool2d", PLANE, kernel_size=2),
        torch("avg_pool2d", PLANE, kernel_size=(2, 2), stride=2),
        keras("AveragePooling2D", PLANE, pool_size=2),
        onnx("AveragePool", PLANE, kernel_shape=[2, 2], strides=[2, 2]),
        sc.avg_pool(PLANE, 2, channels=2),
    ),
    "means at the border": (
        torch("AvgPool1d", 5, kernel_size=3, stride=2, padding=1, count_include_pad=False),
        keras("AveragePooling1D", 5, pool_size=3, strides=2, padding="same"),
        onnx("AveragePool", 5, kernel_shape=[3], strides=[2], auto_pad="SAME_UPPER"),
        onnx("AveragePool", 5, kernel_shape=[3], strides=[2], pads=[1, 1]),
    ),
    "means of all": (
        torch("AdaptiveAvgPool2d", PLANE, output_size=1),
        keras("GlobalAveragePooling2D", PLANE),
        onnx("GlobalAveragePool", PLANE),
        sc.avg_pool(PLANE, PLANE, channels=2),
    ),
    "adaptive means": (
        torch("AdaptiveAvgPool2d", PLANE, output_size=(3, 4)),
        keras("AdaptiveAveragePooling2D", PLANE, output_size=(3, 4)),
        torch("interpolate", PLANE, output_size=(3, 4), mode="area"),
        sc.adaptive_avg_pool(PLANE, (3, 4), channels=2),
    ),
    "nearest": (
        torch("Upsample", PLANE, scale_factor=2),
        torch("UpsamplingNearest2d", PLANE, output_size=(8, 12)),
        keras("UpSampling2D", PLANE, factor=2),
        onnx("Resize", PLANE, scales=[2.0, 2.0]),
        onnx("Upsample", PLANE, scales=[1.0, 1.0, 2.0, 2.0]),
        jax("image.resize", PLANE, shape=(8, 12), method="nearest"),
        sc.upsample_nearest(PLANE, 2, channels=2),
    ),
    "bilinear": (
        torch("Upsample", PLANE, scale_factor=2, mode="bilinear"),
        torch("interpolate", PLANE, output_size=(8, 12), mode="bilinear", align_corners=False),
        keras("UpSampling2D", PLANE, factor=2, interpolation="bilinear"),
        onnx("Resize", PLANE, sizes=[8, 12], mode="linear"),
        jax("image.resize", PLANE, shape=(8, 12)),
        sc.upsample_linear(PLANE, 2, channels=2),
    ),
    "corners": (
        torch("UpsamplingBilinear2d", PLANE, output_size=(5, 7)),
        onnx("Resize", PLANE, sizes=[5, 7], mode="linear", coordinate_transformation_mode="align_corners"),
    ),
    "cubic": (
        torch("interpolate", PLANE, output_size=(5, 7), mode="bicubic"),
        onnx("Resize", PLANE, sizes=[5, 7], mode="cubic"),
        jax("image.resize", PLANE, shape=(5, 7), method="cubic-pytorch", antialias=False),
    ),
    "cubic, smaller": (
        torch("interpolate", PLANE, output_size=(3, 2), mode="bicubic", antialias=True),
        jax("image.resize", PLANE, shape=(3, 2), method="cubic"),
    ),
    "zeros around": (
        torch("ZeroPad2d", PLANE, padding=(1, 2, 0, 3)),
        torch("pad", PLANE, padding=(1, 2, 0, 3)),
        keras("ZeroPadding2D", PLANE, padding=((0, 3), (1, 2))),
        onnx("Pad", PLANE, pads=[0, 0, 0, 1, 0, 0, 3, 2]),
        jax("numpy.pad", PLANE, pad_width=[(0, 3), (1, 2)]),
        sc.pad(PLANE, ((0, 3), (1, 2)), channels=2),
    ),
    "cropping": (
        torch("ZeroPad2d", PLANE, padding=(-1, -2, 0, -1)),
        keras("Cropping2D", PLANE, cropping=((0, 1), (1, 2))),
        onnx("Pad", PLANE, pads=[0, 0, 0, -1, 0, 0, -1, -2]),
        sc.crop(PLANE, ((0, 1), (1, 2)), channels=2),
    ),
    "reflection": (
        torch("ReflectionPad1d", 5, padding=(2, 3)),
        torch("pad", 5, padding=(2, 3), mode="reflect"),
        onnx("Pad", 5, pads=[2, 3], mode="reflect"),
        jax("numpy.pad", 5, pad_width=[(2, 3)], mode="reflect"),
    ),
    "around": (
        torch("CircularPad1d", 5, padding=(2, 3)),
        onnx("Pad", 5, pads=[2, 3], mode="wrap"),
        jax("numpy.pad", 5, pad_width=[(2, 3)], mode="wrap"),
        sc.pad(5, ((2, 3),), padding_mode="circular", channels=2),
    ),
    "ends": (
        torch("ReplicationPad1d", 5, padding=(2, 3)),
        onnx("Pad", 5, pads=[2, 3], mode="edge"),
        jax("numpy.pad", 5, pad_width=[(2, 3)], mode="edge"),
    ),
    "depth to space": (
        sc.from_torch("PixelShuffle", (2, 3), channels=8, upscale_factor=2),
        sc.from_onnx("DepthToSpace", (2, 3), channels=8, blocksize=2, mode="CRD"),
        sc.pixel_shuffle((2, 3), 2, channels=2),
    ),
    "space to depth, blocks first": (
        sc.from_onnx("SpaceToDepth", (4, 6), channels=2, blocksize=2),
        sc.from_onnx("DepthToSpace", (2, 3), channels=8, blocksize=2).T,
    ),
    "space to depth": (
        sc.from_torch("PixelUnshuffle", (4, 6), channels=2, downscale_factor=2),
        sc.pixel_unshuffle((4, 6), 2, channels=2),
        sc.from_torch("PixelShuffle", (2, 3), channels=8, upscale_factor=2).T,
    ),
    "windows": (
        torch("Unfold", PLANE, kernel_size=2, stride=2),
        jax("lax.conv_general_dilated_patches", PLANE, filter_shape=(2, 2), window_strides=(2, 2)),
        sc.unfold(PLANE, 2, stride=2, channels=2),
    ),
    "any size": (
        sc.from_torch("AvgPool1d", 2 * n + 1, kernel_size=3, stride=2, ceil_mode=True),
        sc.from_onnx("AveragePool", 2 * n + 1, kernel_shape=[3], strides=[2], ceil_mode=1),
        sc.avg_pool(2 * n + 1, 3, stride=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_one_layer_in_several_words(name):
    first, *others = ALIKE[name]
    for other in others:
        assert other == first
    assert any(c != 0 for _, c in first.expressions)


W = np.arange(1, 25).reshape(2, 12)  # 2 outputs of 2 channels of 2x3 pixels


def test_a_dense_layer_flattens_as_its_framework_does():
    """Keras has the channels last, in images and so in its vectors."""
    by_torch = sc.affine_from_torch("Linear", (2, 3), channels=2, weight=W, bias=[1, 2])
    last = W.reshape(2, 2, 2, 3).transpose(2, 3, 1, 0).reshape(12, 2)
    by_keras = sc.affine_from_tensorflow("Dense", (2, 3), channels=2, weight=last, bias=[1, 2])
    by_onnx = sc.affine_from_onnx("Gemm", (2, 3), channels=2, B=W, C=[1, 2], transB=1)
    assert by_torch == by_keras == by_onnx
    assert by_torch.operator.as_explicit() == sp.Matrix(W)
    x = np.arange(12)
    assert [*by_torch(sp.Matrix(x))] == [*(W @ x + [1, 2])]


def test_a_separable_convolution_is_two():
    depth, point = np.arange(1, 9).reshape(2, 2, 2, 1), np.arange(1, 7).reshape(1, 1, 2, 3)
    S = sc.from_tensorflow("SeparableConv2D", (4, 4), weight=(depth, point), padding="same")
    first = sc.from_tensorflow(
        "DepthwiseConv2D", (4, 4), weight=depth, padding="same", in_channels=2
    )
    assert sc.from_tensorflow("Conv2D", (4, 4), weight=point) @ first == S
    assert S.recognition.layer is not None


def test_biases():
    weight = [[[1, 2]]]
    f = sc.affine_from_onnx("Conv", 3, weight=weight, bias=["t"])
    assert f == sc.affine_from_torch("Conv1d", 3, weight=weight, bias=["t"])
    assert f == sc.affine_from_tensorflow("Conv1D", 3, weight=[[[1]], [[2]]], bias=["t"])
    padded = sc.affine_from_onnx("Pad", 2, pads=[1, 2], constant_value=5)
    assert padded == sc.constant_pad(2, ((1, 2),), 5)
    assert padded == sc.affine_from_torch("ConstantPad1d", 2, padding=(1, 2), value=5)


LAYOUTS = [
    ("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC"), ("NHWC", "WHIO", "NHWC"), ("CHWN", "IOWH", "NHWC"),
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dimension_numbers_are_the_layout_of_arrays(layout):
    """The strides go with the letters of the weight."""
    weight = np.arange(1, 25).reshape(2, 2, 2, 3)  # O I H W
    letters = layout[1]
    laid = weight.transpose(["OIHW".index(letter) for letter in letters])
    spatial = [letter for letter in letters if letter in "HW"]
    strides = [{"H": 1, "W": 2}[letter] for letter in spatial]
    found = sc.from_jax("conv_general_dilated", (4, 5), weight=laid, dimension_numbers=layout,
                        window_strides=strides)  # fmt: skip
    assert found == sc.conv(sc.Kernel.from_weight(weight), (4, 5), stride=(1, 2))


def test_groups_of_batches():
    weight = np.arange(1, 13).reshape(4, 1, 3)
    found = sc.from_jax("conv_general_dilated", 5, weight=weight, batch_group_count=2)
    assert found == sc.conv(sc.Kernel.from_weight(weight, groups=2), 5)
    with pytest.raises(sc.SymconvError, match="not both"):
        sc.from_jax(
            "conv_general_dilated", 5, weight=weight, batch_group_count=2, feature_group_count=2
        )


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: torch("AvgPool2d", PLANE, kernel_size=2, padding=2), "half of its window"),
        (lambda: torch("AvgPool2d", 4, kernel_size=2), "2 axes"),
        (lambda: torch("AvgPool2d", PLANE), "needs kernel_size"),
        (lambda: torch("AvgPool2d", PLANE, kernel_size=2, taps=3), "has no taps"),
        (lambda: torch("AvgPool2d", PLANE, kernel_size=2, divisor_override=0), "divisor_override"),
        (lambda: torch("Upsample", PLANE), "either a size or"),
        (lambda: torch("Upsample", PLANE, scale_factor=2, align_corners=True), "align_corners"),
        (lambda: torch("PixelShuffle", PLANE, upscale_factor=2), "multiple of 2"),
        (lambda: keras("UpSampling2D", PLANE, factor=2, interpolation="bicubic"), "each of its backends"),
        (lambda: keras("UpSampling2D", PLANE, factor=2, interpolation="bicubic", backend="tensorflow"), "jax and torch"),
        (lambda: keras("Resizing", PLANE, height=2, width=2, interpolation="lanczos3", backend="jax"), "sines"),
        (lambda: keras("Resizing", PLANE, height=2, width=2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "one of"),
        (lambda: keras("RandomFlip", PLANE), "not linear: it draws at random"),
        (lambda: keras("Solarization", PLANE), "not linear: it computes with the values"),
        (lambda: sc.from_onnx("Col2Im", 3, channels=4, image_shape=[5], block_shape=[2], dilations=[2]), "wrong places"),
        (lambda: onnx("Col2Im", 3, image_shape=[5], block_shape=[2]), "and is given"),
        (lambda: onnx("Resize", 5, sizes=[3], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="half_pixel_symmetric"), "either way"),
        (lambda: keras("Cropping2D", PLANE, cropping=-1), "no negative"),
        (lambda: keras("Dense", PLANE, weight=[[1]]), "1 inputs"),
        (lambda: onnx("Resize", PLANE), "either sizes or scales"),
        (lambda: onnx("Resize", PLANE, sizes=[2, 2], coordinate_transformation_mode="tf_crop_and_resize"), "crop"),
        (lambda: onnx("Pad", PLANE, pads=[0, 1, 0, 0, 0, 0, 0, 0]), "batch or the channels"),
        (lambda: onnx("AveragePool", 2, kernel_shape=[4], strides=[3]), "larger than the padded image"),
        (lambda: jax("image.resize", PLANE, shape=(2, 2), method="lanczos3"), "lanczos3"),
        (lambda: torch("AdaptiveAvgPool2d", (n, n), output_size=2), "as a number"),
    ],
)  # fmt: skip
def test_what_is_refused(read, words):
    with pytest.raises(sc.SymconvError) as caught:
        read()
    assert words in str(caught.value)
