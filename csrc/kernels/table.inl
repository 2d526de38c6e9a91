// All kernels and the table of them. Included once per instruction set, inside its namespace and
// after its vocabulary and `kName`. A new kernel is added here and in kernel_table.h.

#include "kernels/flow_table.inl"
#include "kernels/follow_table.inl"
#include "kernels/motion_table.inl"
#include "kernels/preprocess_table.inl"

const KernelTable kTable = {
    kName, kPreprocess, kFlow, kMotion, kFollow,
};
