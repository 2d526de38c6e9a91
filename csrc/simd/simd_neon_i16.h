// The part of simd_neon.h that works on I16; include that.

#ifndef MIEN_SIMD_NEON_I16_H_
#define MIEN_SIMD_NEON_I16_H_

#if !defined(MIEN_SIMD_NEON_H_)
#error "include simd/simd_neon.h, do not include this directly"
#endif

namespace mien::neon {

static inline I16 LoadI16(const std::int16_t* src) {
  return {vld1q_s16(src), vld1q_s16(src + 8)};
}
static inline void Store(I16 a, std::int16_t* dst) {
  vst1q_s16(dst, a.low);
  vst1q_s16(dst + 8, a.high);
}
static inline I16 SplatI16(std::int16_t value) {
  return {vdupq_n_s16(value), vdupq_n_s16(value)};
}
static inline I16 LoadU8(const std::uint8_t* src) {
  const uint8x16_t bytes = vld1q_u8(src);
  return {vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))),
          vreinterpretq_s16_u16(vmovl_high_u8(bytes))};
}

static inline I16 Add(I16 a, I16 b) {
  return {vaddq_s16(a.low, b.low), vaddq_s16(a.high, b.high)};
}
static inline I16 Sub(I16 a, I16 b) {
  return {vsubq_s16(a.low, b.low), vsubq_s16(a.high, b.high)};
}
static inline I16 AddSaturate(I16 a, I16 b) {
  return {vqaddq_s16(a.low, b.low), vqaddq_s16(a.high, b.high)};
}
static inline I16 Min(I16 a, I16 b) {
  return {vminq_s16(a.low, b.low), vminq_s16(a.high, b.high)};
}
static inline I16 Max(I16 a, I16 b) {
  return {vmaxq_s16(a.low, b.low), vmaxq_s16(a.high, b.high)};
}
static inline I16 Abs(I16 a) {
  return {vabsq_s16(a.low), vabsq_s16(a.high)};
}
static inline I16 ShiftLeft(I16 a, int count) {
  const int16x8_t by = vdupq_n_s16(static_cast<std::int16_t>(count));
  return {vshlq_s16(a.low, by), vshlq_s16(a.high, by)};
}
static inline I16 ShiftRight(I16 a, int count) {
  return ShiftLeft(a, -count);
}

static inline I16 Mul(I16 a, I16 b) {
  return {vmulq_s16(a.low, b.low), vmulq_s16(a.high, b.high)};
}
static inline int16x8_t MulHighHalf(int16x8_t a, int16x8_t b) {
  const int16x4_t low = vshrn_n_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), 16);
  return vshrn_high_n_s32(low, vmull_high_s16(a, b), 16);
}
static inline int16x8_t MulHighUnsignedHalf(uint16x8_t a, uint16x8_t b) {
  const uint16x4_t low = vshrn_n_u32(vmull_u16(vget_low_u16(a), vget_low_u16(b)), 16);
  return vreinterpretq_s16_u16(vshrn_high_n_u32(low, vmull_high_u16(a, b), 16));
}
static inline I16 MulHighUnsigned(I16 a, I16 b) {
  return {MulHighUnsignedHalf(vreinterpretq_u16_s16(a.low), vreinterpretq_u16_s16(b.low)),
          MulHighUnsignedHalf(vreinterpretq_u16_s16(a.high), vreinterpretq_u16_s16(b.high))};
}
static inline I16 MulRound(I16 a, I16 b) {
  return {vqrdmulhq_s16(a.low, b.low), vqrdmulhq_s16(a.high, b.high)};
}
static inline int32x4_t MulAddPairsHalf(int16x8_t a, int16x8_t b) {
  return vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
}
static inline I32 MulAddPairs(I16 a, I16 b) {
  return {MulAddPairsHalf(a.low, b.low), MulAddPairsHalf(a.high, b.high)};
}

static inline I16 And(I16 a, I16 b) {
  return {vandq_s16(a.low, b.low), vandq_s16(a.high, b.high)};
}
static inline I16 Less(I16 a, I16 b) {
  return {vreinterpretq_s16_u16(vcltq_s16(a.low, b.low)),
          vreinterpretq_s16_u16(vcltq_s16(a.high, b.high))};
}
static inline I16 Equal(I16 a, I16 b) {
  return {vreinterpretq_s16_u16(vceqq_s16(a.low, b.low)),
          vreinterpretq_s16_u16(vceqq_s16(a.high, b.high))};
}
static inline I16 Select(I16 mask, I16 if_set, I16 if_clear) {
  return {vbslq_s16(vreinterpretq_u16_s16(mask.low), if_set.low, if_clear.low),
          vbslq_s16(vreinterpretq_u16_s16(mask.high), if_set.high, if_clear.high)};
}

static inline I16 NarrowToI16(I32 low, I32 high) {
  return {NarrowHalf(low.low, low.high), NarrowHalf(high.low, high.high)};
}

static inline I16 InterleaveLow(I16 a, I16 b) {
  return {vzip1q_s16(a.low, b.low), vzip2q_s16(a.low, b.low)};
}
static inline I16 InterleaveHigh(I16 a, I16 b) {
  return {vzip1q_s16(a.high, b.high), vzip2q_s16(a.high, b.high)};
}

static inline I16 InterleaveParts(int16x8_t a, int16x8_t b) {
  const int32x4_t x = vreinterpretq_s32_s16(a);
  const int32x4_t y = vreinterpretq_s32_s16(b);
  return {vreinterpretq_s16_s32(vzip1q_s32(x, y)), vreinterpretq_s16_s32(vzip2q_s32(x, y))};
}
static inline I16 InterleavePairsLow(I16 a, I16 b) {
  return InterleaveParts(a.low, b.low);
}
static inline I16 InterleavePairsHigh(I16 a, I16 b) {
  return InterleaveParts(a.high, b.high);
}
static inline I16 SplatPairs(std::int16_t even, std::int16_t odd) {
  const int16x8_t both = vzip1q_s16(vdupq_n_s16(even), vdupq_n_s16(odd));
  return {both, both};
}
static inline I32 AsI32(I16 a) {
  return {vreinterpretq_s32_s16(a.low), vreinterpretq_s32_s16(a.high)};
}
static inline I16 AsI16(I32 a) {
  return {vreinterpretq_s16_s32(a.low), vreinterpretq_s16_s32(a.high)};
}

static inline I16 AddNeighbours(I16 a, I16 b) {
  return {vpaddq_s16(a.low, a.high), vpaddq_s16(b.low, b.high)};
}

static inline I16 LoadQuads(const std::int16_t* base, const std::int32_t* offset) {
  return {vcombine_s16(vld1_s16(base + offset[0]), vld1_s16(base + offset[1])),
          vcombine_s16(vld1_s16(base + offset[2]), vld1_s16(base + offset[3]))};
}

// Two quads, each under one pair of weights.
static inline int16x4_t BlendTwoQuads(const std::int16_t* first, const std::int16_t* second,
                                      int16x4_t weights) {
  const int32x2_t pairs = vreinterpret_s32_s16(weights);
  const int32x4_t low = vmull_s16(vld1_s16(first), vreinterpret_s16_s32(vdup_lane_s32(pairs, 0)));
  const int32x4_t high = vmull_s16(vld1_s16(second), vreinterpret_s16_s32(vdup_lane_s32(pairs, 1)));
  return vqmovn_s32(vshrq_n_s32(vaddq_s32(vpaddq_s32(low, high), vdupq_n_s32(2)), 2));
}
static inline I16 BlendQuadHalves(const std::int16_t* base, const std::int32_t* offset,
                                  I16 weights) {
  return {
      vcombine_s16(BlendTwoQuads(base + offset[0], base + offset[1], vget_low_s16(weights.low)),
                   BlendTwoQuads(base + offset[2], base + offset[3], vget_high_s16(weights.low))),
      vcombine_s16(BlendTwoQuads(base + offset[4], base + offset[5], vget_low_s16(weights.high)),
                   BlendTwoQuads(base + offset[6], base + offset[7], vget_high_s16(weights.high)))};
}

static inline void StoreU8(I16 a, std::uint8_t* dst) {
  vst1q_u8(dst, vqmovun_high_s16(vqmovun_s16(a.low), a.high));
}
static inline void StoreI8(I16 a, std::int8_t* dst) {
  vst1q_s8(dst, vqmovn_high_s16(vqmovn_s16(a.low), a.high));
}

}  // namespace mien::neon

#endif  // MIEN_SIMD_NEON_I16_H_
