// The kernels of this CPU.

#ifndef MIEN_CORE_DISPATCH_H_
#define MIEN_CORE_DISPATCH_H_

#include "kernels/kernel_table.h"
#include "mien/kernels.h"

namespace mien {

// The table in use: the best of this CPU, or what `UseKernels` chose. Objects read it once, when
// they are created.
const KernelTable& Kernels() noexcept;

// Requires  0 <= index < KernelTableCount().
const KernelTable& KernelTableAt(int index) noexcept;

}  // namespace mien

#endif  // MIEN_CORE_DISPATCH_H_
