#include "simd/loads_scalar.h"
#include "simd/simd_scalar.h"

#include "vocabulary/operands.h"

namespace mien::test::scalar {

using namespace mien::scalar;  // NOLINT(google-build-using-namespace): one vocabulary per file

#include "vocabulary/operations.inl"

}  // namespace mien::test::scalar
