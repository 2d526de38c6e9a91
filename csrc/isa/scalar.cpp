// The kernels in plain C++: for CPUs without another table, and the definition for all.

#include "kernels/kernel_table.h"
#include "simd/loads_scalar.h"
#include "simd/simd_scalar.h"

namespace mien::scalar {

static const char kName[] = "scalar";

#include "kernels/table.inl"

}  // namespace mien::scalar
