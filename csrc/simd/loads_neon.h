// Loads that rearrange what they read, on 64-bit ARM; see loads_scalar.h.

#ifndef MIEN_SIMD_LOADS_NEON_H_
#define MIEN_SIMD_LOADS_NEON_H_

#include "simd/simd_neon.h"

namespace mien::neon {

static inline I16 LoadRepeated4(const std::int16_t* src) {
  const int16x4_t four = vld1_s16(src);
  return {vcombine_s16(vdup_lane_s16(four, 0), vdup_lane_s16(four, 1)),
          vcombine_s16(vdup_lane_s16(four, 2), vdup_lane_s16(four, 3))};
}

static inline I16 LoadEvenU8(const std::uint8_t* src) {
  const uint16x8_t low_bytes = vdupq_n_u16(0xFF);
  const uint16x8_t low = vreinterpretq_u16_u8(vld1q_u8(src));
  const uint16x8_t high = vreinterpretq_u16_u8(vld1q_u8(src + 16));
  return {vreinterpretq_s16_u16(vandq_u16(low, low_bytes)),
          vreinterpretq_s16_u16(vandq_u16(high, low_bytes))};
}

static inline I16 LoadOddU8(const std::uint8_t* src) {
  return {vreinterpretq_s16_u16(vshrq_n_u16(vreinterpretq_u16_u8(vld1q_u8(src)), 8)),
          vreinterpretq_s16_u16(vshrq_n_u16(vreinterpretq_u16_u8(vld1q_u8(src + 16)), 8))};
}
static inline I16 LoadPairSumsU8(const std::uint8_t* src) {
  return {vreinterpretq_s16_u16(vpaddlq_u8(vld1q_u8(src))),
          vreinterpretq_s16_u16(vpaddlq_u8(vld1q_u8(src + 16)))};
}

static inline int16x8_t WidenU8(uint8x8_t bytes) {
  return vreinterpretq_s16_u16(vmovl_u8(bytes));
}

static inline void LoadTriplesU8(const std::uint8_t* src, I16* first, I16* second) {
  const uint8x8x3_t part = vld3_u8(src);
  const uint8x8x2_t head = vzip_u8(part.val[0], part.val[1]);
  const uint8x8x2_t tail = vzip_u8(part.val[2], vdup_n_u8(1));
  const uint16x4x2_t low =
      vzip_u16(vreinterpret_u16_u8(head.val[0]), vreinterpret_u16_u8(tail.val[0]));
  const uint16x4x2_t high =
      vzip_u16(vreinterpret_u16_u8(head.val[1]), vreinterpret_u16_u8(tail.val[1]));
  *first = {WidenU8(vreinterpret_u8_u16(low.val[0])), WidenU8(vreinterpret_u8_u16(low.val[1]))};
  *second = {WidenU8(vreinterpret_u8_u16(high.val[0])), WidenU8(vreinterpret_u8_u16(high.val[1]))};
}

}  // namespace mien::neon

#endif  // MIEN_SIMD_LOADS_NEON_H_
