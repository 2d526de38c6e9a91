// The kernels of slip and region motion. What each does stands in its .inl file.
//
// Rows hold whole vectors of 8 samples; those that fill the last one up have weight 0.

#ifndef MIEN_KERNELS_MOTION_KERNELS_H_
#define MIEN_KERNELS_MOTION_KERNELS_H_

#include <cstdint>

namespace mien {

// Flow beyond this, pixels, is none: no image is as wide. A power of two, so that squares and sums
// of it stay far from the largest float.
constexpr float kMaxFlowPx = 32768.0F;
// What stands for the flow of a sample that does not count.
constexpr float kNoFlowPx = 2 * kMaxFlowPx;

// Samples as they were read.
struct RawSamples {
  const float* x;  // from a middle of the caller's choice, pixels
  const float* y;
  const float* share;       // weight where the confidence is 1
  const float* pairs;       // flow, pixels: u and v by turns
  const float* confidence;  // of any value
  int count;
};

// Samples to compute with.
struct SampleRows {
  const float* x;
  const float* y;
  const float* u;
  const float* v;
  const float* weight;
  int count;
};

// A similarity about the samples' middle, as `Slip`.
struct SlipModel {
  float a, b, tx, ty;
};

// Sums of weight times what the name says.
struct SlipSums {
  float one, x, y, u, v;
  float along;   // x u + y v
  float across;  // x v - y u
  float spread;  // x x + y y
};

// Sums of weight.
struct InlierSums {
  float all;
  float inliers;
  float error_sq;  // times weight, of the inliers
};

// Sums of weight times what the name says.
struct Moments {
  float one, x, y, u, v;
  float xx, xy, yy, xu, yu, xv, yv;
};

struct MotionKernels {
  // samples.inl
  void (*take_samples)(const RawSamples& raw, float floor, float* u, float* v, float* weight);
  // slip.inl
  void (*find_range)(const float* flow, int count, float* low, float* high);
  std::int32_t (*count_below)(const float* values, int count, float limit);
  void (*deviate)(const SampleRows& samples, const SlipModel& slip, float* error_sq);
  void (*weigh)(const SampleRows& samples, const float* error_sq, float per_scale_sq,
                SlipSums* sums);
  void (*judge)(const float* weight, const float* error_sq, int count, float limit,
                InlierSums* sums);
  // moments.inl
  void (*add_moments)(const RawSamples& raw, Moments* moments);
};

}  // namespace mien

#endif  // MIEN_KERNELS_MOTION_KERNELS_H_
