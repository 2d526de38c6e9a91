#if defined(__aarch64__) && !defined(_MSC_VER)

#include "simd/loads_neon.h"
#include "simd/simd_neon.h"

#include "vocabulary/operands.h"

namespace mien::test::neon {

using namespace mien::neon;  // NOLINT(google-build-using-namespace): one vocabulary per file

#include "vocabulary/operations.inl"

}  // namespace mien::test::neon

#endif  // __aarch64__
