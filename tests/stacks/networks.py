"""Networks from their published tables, as lists of layers."""

# Simonyan & Zisserman, arXiv:1409.1556, table 1, column D.
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")
CONV = {"kernel_size": 3, "padding": 1}


def vgg16():
    return [part for v in VGG16 for part in ([{"max_pool": 2}] if v == "M" else [CONV, "relu"])]


def resnet18():
    """He et al., arXiv:1512.03385, table 1, 18 layers; projections where the size changes."""
    layers = [
        {"kernel_size": 7, "stride": 2, "padding": 3},
        "relu",
        {"max_pool": 3, "stride": 2, "padding": 1},
    ]
    for stage in range(4):
        for block in range(2):
            stride = 2 if stage and not block else 1
            main = [{**CONV, "stride": stride}, "relu", CONV]
            shortcut = [{"kernel_size": 1, "stride": stride}] if stride > 1 else []
            layers += [{"sum": [main, shortcut]}, "relu"]
    return layers


def double():
    return [{"kernel_size": 3}, "relu"] * 2


def unet_contracting():
    """Ronneberger et al., arXiv:1505.04597, figure 1: unpadded, 572 pixels to 28."""
    return [*[*double(), {"max_pool": 2}] * 4, *double()]


def unet():
    """Its whole main path: up-convolutions of two taps; 572 pixels to 388."""
    up = {"kernel_size": 2, "stride": 2, "transposed": True}
    return unet_contracting() + [up, *double()] * 4


def dcgan():
    """PyTorch's DCGAN tutorial: five transposed convolutions of four taps, 1 pixel to 64."""
    up = {"kernel_size": 4, "transposed": True}
    return [
        up,
        "relu",
        *[{**up, "stride": 2, "padding": 1}, "relu"] * 3,
        {**up, "stride": 2, "padding": 1},
        "tanh",
    ]


def wavenet():
    """Van den Oord et al., arXiv:1609.03499, 2.1: causal, two taps, dilations 1 to 512, thrice."""
    return [{"kernel_size": 2, "dilation": 2**d, "padding": ((2**d, 0),)} for d in range(10)] * 3
