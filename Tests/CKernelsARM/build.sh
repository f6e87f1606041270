#!/bin/sh -e
# Builds the checks of the kernels, with kernels and twins, into .build-arm: build.sh aarch64, or for the processor at
# hand build.sh alone. The compiler is Swift's.
cd "$(dirname "$0")/../.."
target=${1:-$(uname -m)}-linux-gnu
to=.build-arm/$target
rm -rf "$to"
mkdir -p "$to"
export target to
find Sources/CKernels Tests/CKernelsReference Tests/CKernelsARM -name '*.c' | xargs -P "$(nproc)" -I{} sh -ec '
  object="$to/$(echo {} | tr / _).o"
  clang --target=$target -std=c17 -O2 -Wall -Wextra -D_GNU_SOURCE -pthread -I Sources/CKernels \
    -I Sources/CKernels/include -I Tests/CKernelsReference/include \
    -I /usr/include/$target/openblas-pthread -c {} -o "$object"'
clang --target=$target -pthread "$to"/*.o -L /usr/lib/$target/openblas-pthread -lopenblas -llapacke -lm \
  -o "$to/kernels"
