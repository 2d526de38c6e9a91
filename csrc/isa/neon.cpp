// The kernels on 64-bit ARM, which always has NEON.

#if defined(__aarch64__) && !defined(_MSC_VER)

#include "kernels/kernel_table.h"
#include "simd/loads_neon.h"
#include "simd/simd_neon.h"

namespace mien::neon {

static const char kName[] = "neon";

#include "kernels/table.inl"

}  // namespace mien::neon

#endif  // __aarch64__
