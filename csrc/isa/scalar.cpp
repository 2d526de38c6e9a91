// The kernels in plain C++: for CPUs without another table, and the definition for all.

// GCC 12 joins rows of pixels into vectors in kernels/quantise.inl, and wrongly: half of the lanes
// differ from what -O2, clang and the sanitizers' builds give. The loops over lanes are made
// vectors all the same, by another pass.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-vectorize")
#endif

#include "kernels/kernel_table.h"
#include "simd/loads_scalar.h"
#include "simd/simd_scalar.h"

namespace mien::scalar {

static const char kName[] = "scalar";

#include "kernels/table.inl"

}  // namespace mien::scalar
