// The C accelerator of LatentArithmetic: every kernel that the library computes with. Each family has a header, and
// a folder of its name.
//
// Private: only LatentCore/Kernels/ (and the kernel tests) import this module, and it may change at any time.
//
// Conventions
// - Activations are NHWC, dense, float32. Matrices are row-major and dense.
// - Sizes are checked by the caller; a kernel checks nothing and never fails unless it returns a status. Where the
//   system has no memory for what it needs besides its arguments, the process ends with a sentence
//   (Machine/scratch.h).
// - `threads` is the most threads a call may use. Work is cut by shape alone, so results are bit-identical
//   for every value of `threads`.
// - Outputs come after inputs. An output may alias an input only where a comment says so.
// - No BLAS header is included here, so no BLAS name leaks to an importer.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "ck_activation.h"
#include "ck_convolution.h"
#include "ck_elementwise.h"
#include "ck_images.h"
#include "ck_losses.h"
#include "ck_machine.h"
#include "ck_matrices.h"
#include "ck_normalization.h"
#include "ck_optimizers.h"
#include "ck_style.h"
#include "ck_transformer.h"

#endif
