// The kernels that follow skin, in the order of `FollowKernels`.

#include "kernels/median.inl"
#include "kernels/pull.inl"

static constexpr FollowKernels kFollow = {
    GrayQuadsRow,
    PullRow,
    MiddleStrip,
};
