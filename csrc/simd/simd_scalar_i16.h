// The part of simd_scalar.h that works on I16; include that.

#ifndef MIEN_SIMD_SCALAR_I16_H_
#define MIEN_SIMD_SCALAR_I16_H_

#if !defined(MIEN_SIMD_SCALAR_H_)
#error "include simd/simd_scalar.h, do not include this directly"
#endif

namespace mien::scalar {

static inline I16 LoadI16(const std::int16_t* src) {
  MIEN_LANES(I16, src[i]);
}
static inline void Store(I16 a, std::int16_t* dst) {
  std::memcpy(dst, a.lane, sizeof(a.lane));
}
static inline I16 SplatI16(std::int16_t value) {
  MIEN_LANES(I16, value);
}
static inline I16 LoadU8(const std::uint8_t* src) {
  MIEN_LANES(I16, src[i]);
}

static inline I16 Add(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(a.lane[i] + b.lane[i]));
}
static inline I16 Sub(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(a.lane[i] - b.lane[i]));
}
static inline I16 AddSaturate(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(Limit(a.lane[i] + b.lane[i], -32768, 32767)));
}
static inline I16 Min(I16 a, I16 b) {
  MIEN_LANES(I16, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline I16 Max(I16 a, I16 b) {
  MIEN_LANES(I16, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline I16 Abs(I16 a) {
  MIEN_LANES(I16, Wrap16(a.lane[i] < 0 ? -a.lane[i] : a.lane[i]));
}
static inline I16 ShiftLeft(I16 a, int count) {
  MIEN_LANES(I16, Wrap16(Wrap(Unsigned(a.lane[i]) << count)));
}
static inline I16 ShiftRight(I16 a, int count) {
  MIEN_LANES(I16, Wrap16(a.lane[i] >> count));
}

// The low half of the product, and the high half of unsigned lanes'.
static inline I16 Mul(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(a.lane[i] * b.lane[i]));
}
static inline I16 MulHighUnsigned(I16 a, I16 b) {
  MIEN_LANES(I16,
             Wrap16(Wrap((Unsigned(a.lane[i] & 0xFFFF) * Unsigned(b.lane[i] & 0xFFFF)) >> 16)));
}
// a * b / 2^15, half upwards; a and b are not both -32768.
static inline I16 MulRound(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16((a.lane[i] * b.lane[i] + (1 << 14)) >> 15));
}
// a0 * b0 + a1 * b1, a2 * b2 + a3 * b3, ..
static inline I32 MulAddPairs(I16 a, I16 b) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[2 * i] * b.lane[2 * i]) +
                       Unsigned(a.lane[2 * i + 1] * b.lane[2 * i + 1])));
}

static inline I16 And(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(a.lane[i] & b.lane[i]));
}
static inline I16 Less(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(Mask(a.lane[i] < b.lane[i])));
}
static inline I16 Equal(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16(Mask(a.lane[i] == b.lane[i])));
}
static inline I16 Select(I16 mask, I16 if_set, I16 if_clear) {
  MIEN_LANES(I16, mask.lane[i] != 0 ? if_set.lane[i] : if_clear.lane[i]);
}

// Lanes 0..7 of `low`, then those of `high`, limited to int16.
static inline I16 NarrowToI16(I32 low, I32 high) {
  MIEN_LANES(I16, Wrap16(Limit(i < 8 ? low.lane[i] : high.lane[i - 8], -32768, 32767)));
}

// a0 b0 .. a7 b7 and a8 b8 .. a15 b15.
static inline I16 InterleaveLow(I16 a, I16 b) {
  MIEN_LANES(I16, (i % 2 == 0 ? a : b).lane[i / 2]);
}
static inline I16 InterleaveHigh(I16 a, I16 b) {
  MIEN_LANES(I16, (i % 2 == 0 ? a : b).lane[i / 2 + 8]);
}

// a0 a1 b0 b1 .. b6 b7 and the same of lanes 8..15.
static inline I16 InterleavePairsLow(I16 a, I16 b) {
  MIEN_LANES(I16, (i / 2 % 2 == 0 ? a : b).lane[i / 4 * 2 + i % 2]);
}
static inline I16 InterleavePairsHigh(I16 a, I16 b) {
  MIEN_LANES(I16, (i / 2 % 2 == 0 ? a : b).lane[i / 4 * 2 + i % 2 + 8]);
}

// Even lanes are the low halves of 32 bits, odd ones the high halves.
static inline I16 SplatPairs(std::int16_t even, std::int16_t odd) {
  MIEN_LANES(I16, i % 2 == 0 ? even : odd);
}
static inline I32 AsI32(I16 a) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[2 * i] & 0xFFFF) | Unsigned(a.lane[2 * i + 1]) << 16));
}
static inline I16 AsI16(I32 a) {
  MIEN_LANES(I16, Wrap16(i % 2 == 0 ? a.lane[i / 2] & 0xFFFF : a.lane[i / 2] >> 16));
}

// a0 + a1, a2 + a3, .. b14 + b15.
static inline I16 AddNeighbours(I16 a, I16 b) {
  MIEN_LANES(I16, Wrap16((i < 8 ? a : b).lane[2 * i % 16] + (i < 8 ? a : b).lane[2 * i % 16 + 1]));
}

// base[offset[k]] .. base[offset[k] + 3] for k = 0..3.
static inline I16 LoadQuads(const std::int16_t* base, const std::int32_t* offset) {
  MIEN_LANES(I16, base[offset[i / 4] + i % 4]);
}

// Of each quad base[offset[k]] .. base[offset[k] + 3], k = 0..7, lanes 2 k and 2 k + 1 become
// (first * w0 + second * w1 + 2) / 4 and the same of the third and the fourth, rounded down and
// limited to int16, with w0 and w1 the lanes 2 k and 2 k + 1 of `weights`.
static inline I16 BlendQuadHalves(const std::int16_t* base, const std::int32_t* offset,
                                  I16 weights) {
  I16 out;
  for (int i = 0; i < kLanesI16; ++i) {
    const std::int16_t* at = base + offset[i / 2] + i % 2 * 2;
    const std::int32_t sum = at[0] * weights.lane[i / 2 * 2] + at[1] * weights.lane[i / 2 * 2 + 1];
    out.lane[i] = Wrap16(Limit((sum + 2) >> 2, -32768, 32767));
  }
  return out;
}

// Limited to 0..255 and to -128..127; 16 bytes.
static inline void StoreU8(I16 a, std::uint8_t* dst) {
  for (int i = 0; i < kLanesI16; ++i) dst[i] = static_cast<std::uint8_t>(Limit(a.lane[i], 0, 255));
}
static inline void StoreI8(I16 a, std::int8_t* dst) {
  for (int i = 0; i < kLanesI16; ++i) {
    dst[i] = static_cast<std::int8_t>(Limit(a.lane[i], -128, 127));
  }
}

}  // namespace mien::scalar

#endif  // MIEN_SIMD_SCALAR_I16_H_
