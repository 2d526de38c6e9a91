// The kernels of the dense flow, in the order of `FlowKernels`.

#include "kernels/cell_stats.inl"
#include "kernels/enlarge.inl"
#include "kernels/grade.inl"
#include "kernels/image_level.inl"
#include "kernels/products.inl"
#include "kernels/smooth.inl"
#include "kernels/solve.inl"
#include "kernels/warp.inl"

static constexpr FlowKernels kFlow = {
    CellSumsRow,     CellStatsRow,   NormaliseRow, HalveRow,      InterleaveRow,   EnlargePairsRow,
    EnlargeFloatRow, EnlargeFlowRow, WarpRow,      ProductsRow,   AddRow,          SubtractRow,
    SolveRow,        SmoothAlongRow, AddFloatRow,  SmoothDownRow, QuantiseFlowRow, GradeRow,
};
