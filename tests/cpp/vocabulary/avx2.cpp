#if defined(__AVX2__)

#include "simd/loads_avx2.h"
#include "simd/simd_avx2.h"

#include "vocabulary/operands.h"

namespace mien::test::avx2 {

using namespace mien::avx2;  // NOLINT(google-build-using-namespace): one vocabulary per file

#include "vocabulary/operations.inl"

}  // namespace mien::test::avx2

#endif  // __AVX2__
