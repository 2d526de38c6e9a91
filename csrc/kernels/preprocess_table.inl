// The kernels of the preprocess, in the order of `PreprocessKernels`.

#include "kernels/blend_quads.inl"
#include "kernels/block_quads.inl"
#include "kernels/box_grid.inl"
#include "kernels/gray_rows.inl"
#include "kernels/quantise.inl"

static constexpr PreprocessKernels kPreprocess = {
    GrayOfYuyvRow,
    GrayOfBgrRow,
    {
        SumBlocks<1, 1, AddBlocks1x1, false>,
        SumBlocks<1, 2, AddBlocks1x2, true>,
        SumBlocks<2, 2, AddBlocks2x2, false>,
        SumBlocks<2, 3, AddBlocks2x3, false>,
        SumBlocks<2, 4, AddBlocks2x4, false>,
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
