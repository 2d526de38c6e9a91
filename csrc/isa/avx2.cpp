// The kernels on AVX2. This file alone is compiled for it.

#if defined(__AVX2__)

#include "kernels/kernel_table.h"
#include "simd/loads_avx2.h"
#include "simd/simd_avx2.h"

namespace mien::avx2 {

static const char kName[] = "avx2";

#include "kernels/table.inl"

}  // namespace mien::avx2

#endif  // __AVX2__
