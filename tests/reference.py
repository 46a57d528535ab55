"""Convolution by plain loops, straight from its definition. Imports nothing of symconv."""

from itertools import chain, product


def source_pixel(q, n, input_dilation, mode):
    """The pixel that shows at position q of the padded, stuffed line, or None for a zero."""
    length = (n - 1) * input_dilation + 1
    if not 0 <= q < length:
        if mode == "zeros":
            return None
        q = outside(q, length, mode)
    return q // input_dilation if q % input_dilation == 0 else None


def outside(q, length, mode):
    """Walk back into 0..length-1 one reflection, wrap or clamp at a time."""
    while not 0 <= q < length:
        if mode == "circular":
            q += length if q < 0 else -length
        elif mode == "replicate":
            q = 0 if q < 0 else length - 1
        elif mode == "reflect":
            q = -q if q < 0 else 2 * (length - 1) - q
        elif mode == "symmetric":
            q = -1 - q if q < 0 else 2 * length - 1 - q
    return q


def output_size(n, k, stride, padding, dilation, input_dilation):
    """Count the places where the dilated kernel fits on the padded, stuffed line."""
    length = padding[0] + (n - 1) * input_dilation + 1 + padding[1]
    return sum(1 for start in range(0, length, stride) if start + dilation * (k - 1) < length)


def output_sizes(kernel_size, geometry):
    return tuple(
        output_size(n, k, s, p, d, u)
        for n, k, s, p, d, u in zip(
            geometry.size,
            kernel_size,
            geometry.stride,
            geometry.padding,
            geometry.dilation,
            geometry.input_dilation,
            strict=True,
        )
    )


def conv_matrix(kernel, kernel_size, geometry):
    """Rows of the matrix of a convolution; kernel maps a tap to its entry."""
    g = geometry
    columns = {pixel: j for j, pixel in enumerate(product(*map(range, g.size)))}
    rows = []
    for out in product(*map(range, output_sizes(kernel_size, g))):
        row = [0] * len(columns)
        for tap in product(*map(range, kernel_size)):
            pixel = tuple(
                source_pixel(s * o + d * t - p[0], n, u, g.padding_mode)
                for s, o, d, t, p, n, u in zip(
                    g.stride, out, g.dilation, tap, g.padding, g.size, g.input_dilation, strict=True
                )
            )
            if None not in pixel:
                row[columns[pixel]] += kernel[tap]
        rows.append(row)
    return rows


def conv_transpose_matrix(kernel, kernel_size, size, stride, padding, output_padding, dilation):
    """Rows of the matrix of a transposed convolution, by scattering every pixel."""
    out_size = tuple(
        s * (m - 1) + d * (k - 1) + 1 - sum(p) + a
        for s, m, d, k, p, a in zip(
            stride, size, dilation, kernel_size, padding, output_padding, strict=True
        )
    )
    rows = {pixel: i for i, pixel in enumerate(product(*map(range, out_size)))}
    pixels = list(product(*map(range, size)))
    matrix = [[0] * len(pixels) for _ in rows]
    for j, pixel in enumerate(pixels):
        for tap in product(*map(range, kernel_size)):
            out = tuple(
                s * i + d * t - p[0]
                for s, i, d, t, p in zip(stride, pixel, dilation, tap, padding, strict=True)
            )
            if out in rows:
                matrix[rows[out]][j] += kernel[tap]
    return matrix


def conv_channels_matrix(weight, channels, kernel_size, geometry):
    """Rows of a convolution between (out, in, groups) channels; channel first.

    ``weight`` maps (out, in within the group, *tap) to its entry.
    """
    outs, ins, groups = channels
    return from_blocks(
        [
            conv_matrix(
                between(weight, kernel_size, o, outs, i, ins, groups), kernel_size, geometry
            )
            for i in range(ins)
        ]
        for o in range(outs)
    )


def conv_transpose_channels_matrix(weight, channels, kernel_size, size, **geometry):
    """Rows of a transposed convolution between (in, out, groups) channels; channel first.

    ``weight`` maps (in, out within the group, *tap) to its entry.
    """
    ins, outs, groups = channels
    return from_blocks(
        [
            conv_transpose_matrix(
                between(weight, kernel_size, i, ins, o, outs, groups), kernel_size, size, **geometry
            )
            for i in range(ins)
        ]
        for o in range(outs)
    )


def between(weight, kernel_size, leading, most_leading, other, most_other, groups):
    """Tap to entry for one pair of channels: zero unless both are in one contiguous group."""
    group = leading * groups // most_leading
    place = other - group * most_other // groups
    inside = 0 <= place < most_other // groups
    taps = product(*map(range, kernel_size))
    return {tap: weight[leading, place, *tap] if inside else 0 for tap in taps}


def from_blocks(grid):
    return [list(chain(*parts)) for blocks in grid for parts in zip(*blocks, strict=True)]


def transpose(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def matmul(a, b):
    columns = transpose(b)
    return [[sum(x * y for x, y in zip(row, col, strict=True)) for col in columns] for row in a]
