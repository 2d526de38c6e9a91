// The vector vocabulary on 64-bit ARM; see simd_scalar.h for what each operation means.
//
// Two 128-bit registers make one vector, so that widths agree with AVX2. 32-bit ARM's NEON has
// neither division nor square root in full precision and flushes small numbers to zero: it gets
// the scalar table.

#ifndef MIEN_SIMD_NEON_H_
#define MIEN_SIMD_NEON_H_

#include <arm_neon.h>

#include <cstdint>

namespace mien::neon {

constexpr int kLanes = 8;
constexpr int kLanesI16 = 16;

struct F32 {
  float32x4_t low, high;
};

struct I32 {
  int32x4_t low, high;
};

struct I16 {
  int16x8_t low, high;
};

// ---- F32 ------------------------------------------------------------------------------------

static inline F32 LoadF32(const float* src) {
  return {vld1q_f32(src), vld1q_f32(src + 4)};
}
static inline void Store(F32 a, float* dst) {
  vst1q_f32(dst, a.low);
  vst1q_f32(dst + 4, a.high);
}
static inline F32 Splat(float value) {
  return {vdupq_n_f32(value), vdupq_n_f32(value)};
}

static inline F32 Add(F32 a, F32 b) {
  return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)};
}
static inline F32 Sub(F32 a, F32 b) {
  return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)};
}
static inline F32 Mul(F32 a, F32 b) {
  return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
}
static inline F32 Div(F32 a, F32 b) {
  return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)};
}
static inline F32 Sqrt(F32 a) {
  return {vsqrtq_f32(a.low), vsqrtq_f32(a.high)};
}
static inline F32 Abs(F32 a) {
  return {vabsq_f32(a.low), vabsq_f32(a.high)};
}
static inline F32 MulAdd(F32 a, F32 b, F32 c) {
  return Add(Mul(a, b), c);
}

static inline I32 Less(F32 a, F32 b) {
  return {vreinterpretq_s32_u32(vcltq_f32(a.low, b.low)),
          vreinterpretq_s32_u32(vcltq_f32(a.high, b.high))};
}
static inline I32 LessEqual(F32 a, F32 b) {
  return {vreinterpretq_s32_u32(vcleq_f32(a.low, b.low)),
          vreinterpretq_s32_u32(vcleq_f32(a.high, b.high))};
}
static inline F32 Select(I32 mask, F32 if_set, F32 if_clear) {
  return {vbslq_f32(vreinterpretq_u32_s32(mask.low), if_set.low, if_clear.low),
          vbslq_f32(vreinterpretq_u32_s32(mask.high), if_set.high, if_clear.high)};
}
// vminq and vmaxq order zeros by sign; the definition takes the second.
static inline F32 Min(F32 a, F32 b) {
  return Select(Less(a, b), a, b);
}
static inline F32 Max(F32 a, F32 b) {
  return Select(Less(b, a), a, b);
}

static inline F32 ToF32(I32 a) {
  return {vcvtq_f32_s32(a.low), vcvtq_f32_s32(a.high)};
}
static inline I32 RoundToI32(F32 a) {
  return {vcvtnq_s32_f32(a.low), vcvtnq_s32_f32(a.high)};
}

static inline F32 InterleaveLow(F32 a, F32 b) {
  return {vzip1q_f32(a.low, b.low), vzip2q_f32(a.low, b.low)};
}
static inline F32 InterleaveHigh(F32 a, F32 b) {
  return {vzip1q_f32(a.high, b.high), vzip2q_f32(a.high, b.high)};
}
// Lane pairs as the 64-bit parts that they are.
static inline F32 InterleaveParts(float32x4_t a, float32x4_t b) {
  const float64x2_t x = vreinterpretq_f64_f32(a);
  const float64x2_t y = vreinterpretq_f64_f32(b);
  return {vreinterpretq_f32_f64(vzip1q_f64(x, y)), vreinterpretq_f32_f64(vzip2q_f64(x, y))};
}
static inline F32 InterleavePairsLow(F32 a, F32 b) {
  return InterleaveParts(a.low, b.low);
}
static inline F32 InterleavePairsHigh(F32 a, F32 b) {
  return InterleaveParts(a.high, b.high);
}
static inline F32 Evens(F32 a, F32 b) {
  return {vuzp1q_f32(a.low, a.high), vuzp1q_f32(b.low, b.high)};
}
static inline F32 Odds(F32 a, F32 b) {
  return {vuzp2q_f32(a.low, a.high), vuzp2q_f32(b.low, b.high)};
}

static inline float ReduceAdd(F32 a) {
  const float32x4_t by4 = vaddq_f32(a.low, a.high);
  const float32x2_t by2 = vadd_f32(vget_low_f32(by4), vget_high_f32(by4));
  return vget_lane_f32(by2, 0) + vget_lane_f32(by2, 1);
}

// ---- I32 ------------------------------------------------------------------------------------

static inline I32 LoadI32(const std::int32_t* src) {
  return {vld1q_s32(src), vld1q_s32(src + 4)};
}
static inline void Store(I32 a, std::int32_t* dst) {
  vst1q_s32(dst, a.low);
  vst1q_s32(dst + 4, a.high);
}
static inline I32 SplatI32(std::int32_t value) {
  return {vdupq_n_s32(value), vdupq_n_s32(value)};
}

static inline I32 Add(I32 a, I32 b) {
  return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)};
}
static inline I32 Sub(I32 a, I32 b) {
  return {vsubq_s32(a.low, b.low), vsubq_s32(a.high, b.high)};
}
static inline I32 Mul(I32 a, I32 b) {
  return {vmulq_s32(a.low, b.low), vmulq_s32(a.high, b.high)};
}
static inline I32 Min(I32 a, I32 b) {
  return {vminq_s32(a.low, b.low), vminq_s32(a.high, b.high)};
}
static inline I32 Max(I32 a, I32 b) {
  return {vmaxq_s32(a.low, b.low), vmaxq_s32(a.high, b.high)};
}
static inline I32 Abs(I32 a) {
  return {vabsq_s32(a.low), vabsq_s32(a.high)};
}
static inline I32 ShiftLeft(I32 a, int count) {
  const int32x4_t by = vdupq_n_s32(count);
  return {vshlq_s32(a.low, by), vshlq_s32(a.high, by)};
}
static inline I32 ShiftRight(I32 a, int count) {
  return ShiftLeft(a, -count);
}

static inline I32 And(I32 a, I32 b) {
  return {vandq_s32(a.low, b.low), vandq_s32(a.high, b.high)};
}
static inline I32 Less(I32 a, I32 b) {
  return {vreinterpretq_s32_u32(vcltq_s32(a.low, b.low)),
          vreinterpretq_s32_u32(vcltq_s32(a.high, b.high))};
}
static inline I32 Equal(I32 a, I32 b) {
  return {vreinterpretq_s32_u32(vceqq_s32(a.low, b.low)),
          vreinterpretq_s32_u32(vceqq_s32(a.high, b.high))};
}
static inline I32 Select(I32 mask, I32 if_set, I32 if_clear) {
  return {vbslq_s32(vreinterpretq_u32_s32(mask.low), if_set.low, if_clear.low),
          vbslq_s32(vreinterpretq_u32_s32(mask.high), if_set.high, if_clear.high)};
}

static inline std::int32_t ReduceAdd(I32 a) {
  return vaddvq_s32(vaddq_s32(a.low, a.high));
}
static inline I32 AddNeighbours(I32 a, I32 b) {
  return {vpaddq_s32(a.low, a.high), vpaddq_s32(b.low, b.high)};
}

static inline int16x8_t NarrowHalf(int32x4_t low, int32x4_t high) {
  return vqmovn_high_s32(vqmovn_s32(low), high);
}
static inline void StoreU8(I32 a, std::uint8_t* dst) {
  vst1_u8(dst, vqmovun_s16(NarrowHalf(a.low, a.high)));
}
static inline void StoreI8(I32 a, std::int8_t* dst) {
  vst1_s8(dst, vqmovn_s16(NarrowHalf(a.low, a.high)));
}

}  // namespace mien::neon

#include "simd/simd_neon_i16.h"

#endif  // MIEN_SIMD_NEON_H_
