// The kernels of slip and region motion, in the order of `MotionKernels`.

#include "kernels/samples.inl"

#include "kernels/moments.inl"
#include "kernels/slip.inl"

static constexpr MotionKernels kMotion = {
    TakeSamples, FindRange, CountBelow, Deviate, Weigh, Judge, AddMoments,
};
