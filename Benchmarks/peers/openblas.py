"""Times OpenBLAS's product of square matrices; the core type is set by OPENBLAS_CORETYPE before the start."""

import argparse
import ctypes
import dataclasses
import json
import math

import numpy

from timing import ENOUGH_SECONDS, measured, timed

ROW_MAJOR, NO_TRANSPOSE = 101, 111
WARM_UP_SECONDS = ENOUGH_SECONDS / 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    size = parser.parse_args().size
    library = ctypes.CDLL("libopenblas.so.0")
    library.openblas_get_corename.restype = ctypes.c_char_p
    random = numpy.random.default_rng(1)
    a, b = (random.standard_normal((size, size), dtype=numpy.float32) for _ in range(2))
    c = numpy.zeros_like(a)
    pointers = [ctypes.c_void_p(matrix.ctypes.data) for matrix in (a, b, c)]
    one, zero = ctypes.c_float(1), ctypes.c_float(0)

    def multiply() -> None:
        library.cblas_sgemm(
            ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, size, size, size,
            one, pointers[0], size, pointers[1], size, zero, pointers[2], size,
        )  # fmt: skip

    warmed = 0.0
    while warmed < WARM_UP_SECONDS:
        warmed += timed(multiply)[0]
    sample, _ = measured(multiply)
    if not math.isfinite(float(c.sum())):
        raise SystemExit("OpenBLAS computed infinities or no numbers.")
    print(json.dumps(dataclasses.asdict(sample) | {"core": library.openblas_get_corename().decode()}))


if __name__ == "__main__":
    main()
