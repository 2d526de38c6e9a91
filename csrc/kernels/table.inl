// All kernels and the table of them. Included once per instruction set, inside its namespace and
// after its vocabulary and `kName`. A new kernel is added here and in kernel_table.h.

#include "kernels/blend_quads.inl"
#include "kernels/flow_table.inl"

const KernelTable kTable = {
    kName,
    BlendQuadsRow,
    kFlow,
};
