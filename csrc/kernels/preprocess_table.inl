// The kernels of the preprocess, in the order of `PreprocessKernels`.

#include "kernels/blend_quads.inl"
#include "kernels/block_sums.inl"
#include "kernels/box_grid.inl"
#include "kernels/gray_rows.inl"
#include "kernels/quantise.inl"

static constexpr PreprocessKernels kPreprocess = {
    GrayOfYuyvRow,
    GrayOfBgrRow,
    {
        SumBlocks<Blocks1x1, 1, 1>,
        SumBlocks<Blocks1x2, 1, 2>,
        SumBlocks<Blocks2x2, 2, 2>,
        SumBlocks<Blocks2x3, 2, 3>,
        SumBlocks<Blocks2x4, 2, 4>,
    },
    SumPairs,
    SumTriples,
    SumNext,
    QuadsRow,
    BlendQuadsRow,
    SlideColumns,
    BoxGridRow,
    QuantiseBand,
};
