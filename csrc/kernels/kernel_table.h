// The kernels as function pointers: one table per instruction set, the same bits from each.
//
// A kernel trusts its caller: pointers are valid, counts are > 0, input and output do not overlap.

#ifndef MIEN_KERNELS_KERNEL_TABLE_H_
#define MIEN_KERNELS_KERNEL_TABLE_H_

#include "kernels/flow_kernels.h"
#include "kernels/follow_kernels.h"
#include "kernels/motion_kernels.h"
#include "kernels/preprocess_kernels.h"

namespace mien {

struct KernelTable {
  const char* name;  // of the instruction set: "scalar", "avx2" or "neon"

  PreprocessKernels preprocess;
  FlowKernels flow;
  MotionKernels motion;
  FollowKernels follow;
};

// Defined in isa/<name>.cpp, where the compiler knows the instruction set.
namespace scalar {
extern const KernelTable kTable;
}
namespace avx2 {
extern const KernelTable kTable;
}
namespace neon {
extern const KernelTable kTable;
}

}  // namespace mien

#endif  // MIEN_KERNELS_KERNEL_TABLE_H_
