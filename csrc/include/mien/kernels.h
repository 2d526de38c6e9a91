// Which instruction set the core uses. All give the same bits; the choice is for tests and
// benchmarks.

#ifndef MIEN_KERNELS_H_
#define MIEN_KERNELS_H_

#include "mien/status.h"

namespace mien {

// Tables that this CPU can run, from the plainest ("scalar") to the one used by default.
int KernelTableCount() noexcept;

// Requires  0 <= index < KernelTableCount().
const char* KernelTableName(int index) noexcept;

// Name of the table that objects take when they are created.
const char* KernelsInUse() noexcept;

// Chooses the table for objects created from now on.
//
// Returns   kBadKernels if this CPU has no table of that name.
// Threads   safe; an object keeps the table it was created with.
Status UseKernels(const char* name) noexcept;

}  // namespace mien

#endif  // MIEN_KERNELS_H_
