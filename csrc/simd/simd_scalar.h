// The vector vocabulary: the operations that kernels are written in, and their definition.
//
// F32 and I32 have 8 lanes, I16 has 16, on every instruction set. simd_avx2.h and simd_neon.h
// give the same bits for every input that is allowed here:
//
//   - floats are never NaN, save where the result is then selected away: comparisons with NaN are
//     false; float results round to nearest, ties to even; nothing is fused;
//   - integers wrap unless the name says otherwise; shift counts are 0..lane bits - 1;
//   - a mask is an I32 (or I16) whose lanes are all ones or zero, as comparisons give them.
//
// Loads and stores need no alignment. Operations on pairs keep the lanes' order as in memory.

#ifndef MIEN_SIMD_SCALAR_H_
#define MIEN_SIMD_SCALAR_H_

#include <cmath>
#include <cstdint>
#include <cstring>

namespace mien::scalar {

constexpr int kLanes = 8;      // of F32 and I32
constexpr int kLanesI16 = 16;  // of I16

struct F32 {
  float lane[kLanes];
};

struct I32 {
  std::int32_t lane[kLanes];
};

struct I16 {
  std::int16_t lane[kLanesI16];
};

// One lane of each operation; the loops are below.

static inline std::int32_t Wrap(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}

static inline std::int16_t Wrap16(std::int32_t value) {
  return static_cast<std::int16_t>(value);
}

static inline std::int32_t Limit(std::int32_t value, std::int32_t low, std::int32_t high) {
  return value < low ? low : value > high ? high : value;
}

static inline std::uint32_t Unsigned(std::int32_t value) {
  return static_cast<std::uint32_t>(value);
}

static inline std::int32_t Mask(bool is_set) {
  return is_set ? -1 : 0;
}

#define MIEN_LANES(Type, expression)                                               \
  Type out;                                                                        \
  constexpr int kCount = static_cast<int>(sizeof(out.lane) / sizeof(out.lane[0])); \
  for (int i = 0; i < kCount; ++i) out.lane[i] = expression;                       \
  return out

// ---- F32 ------------------------------------------------------------------------------------

static inline F32 LoadF32(const float* src) {
  MIEN_LANES(F32, src[i]);
}
static inline void Store(F32 a, float* dst) {
  std::memcpy(dst, a.lane, sizeof(a.lane));
}
static inline F32 Splat(float value) {
  MIEN_LANES(F32, value);
}

static inline F32 Add(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] + b.lane[i]);
}
static inline F32 Sub(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] - b.lane[i]);
}
static inline F32 Mul(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] * b.lane[i]);
}
static inline F32 Div(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] / b.lane[i]);
}
static inline F32 Sqrt(F32 a) {
  MIEN_LANES(F32, std::sqrt(a.lane[i]));
}
static inline F32 Abs(F32 a) {
  MIEN_LANES(F32, std::fabs(a.lane[i]));
}

// a * b + c with two roundings.
static inline F32 MulAdd(F32 a, F32 b, F32 c) {
  MIEN_LANES(F32, a.lane[i] * b.lane[i] + c.lane[i]);
}

// The second one if they are equal, which shows for zeros of different sign.
static inline F32 Min(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline F32 Max(F32 a, F32 b) {
  MIEN_LANES(F32, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}

static inline I32 Less(F32 a, F32 b) {
  MIEN_LANES(I32, Mask(a.lane[i] < b.lane[i]));
}
static inline I32 LessEqual(F32 a, F32 b) {
  MIEN_LANES(I32, Mask(a.lane[i] <= b.lane[i]));
}
static inline F32 Select(I32 mask, F32 if_set, F32 if_clear) {
  MIEN_LANES(F32, mask.lane[i] != 0 ? if_set.lane[i] : if_clear.lane[i]);
}

static inline F32 ToF32(I32 a) {
  MIEN_LANES(F32, static_cast<float>(a.lane[i]));
}

// Needs |a| < 2^31.
static inline I32 RoundToI32(F32 a) {
  MIEN_LANES(I32, static_cast<std::int32_t>(std::nearbyint(a.lane[i])));
}

// a0 b0 .. a3 b3 and a4 b4 .. a7 b7.
static inline F32 InterleaveLow(F32 a, F32 b) {
  MIEN_LANES(F32, (i % 2 == 0 ? a : b).lane[i / 2]);
}
static inline F32 InterleaveHigh(F32 a, F32 b) {
  MIEN_LANES(F32, (i % 2 == 0 ? a : b).lane[i / 2 + 4]);
}
// a0 a1 b0 b1 a2 a3 b2 b3 and the same of lanes 4..7.
static inline F32 InterleavePairsLow(F32 a, F32 b) {
  MIEN_LANES(F32, (i / 2 % 2 == 0 ? a : b).lane[i / 4 * 2 + i % 2]);
}
static inline F32 InterleavePairsHigh(F32 a, F32 b) {
  MIEN_LANES(F32, (i / 2 % 2 == 0 ? a : b).lane[i / 4 * 2 + i % 2 + 4]);
}
// a0 a2 a4 a6 b0 .. b6 and a1 a3 .. b7.
static inline F32 Evens(F32 a, F32 b) {
  MIEN_LANES(F32, (i < 4 ? a : b).lane[2 * i % 8]);
}
static inline F32 Odds(F32 a, F32 b) {
  MIEN_LANES(F32, (i < 4 ? a : b).lane[2 * i % 8 + 1]);
}

// In the order of halving: lanes 4 apart, then 2, then 1.
static inline float ReduceAdd(F32 a) {
  const float* v = a.lane;
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// ---- I32 ------------------------------------------------------------------------------------

static inline I32 LoadI32(const std::int32_t* src) {
  MIEN_LANES(I32, src[i]);
}
static inline void Store(I32 a, std::int32_t* dst) {
  std::memcpy(dst, a.lane, sizeof(a.lane));
}
static inline I32 SplatI32(std::int32_t value) {
  MIEN_LANES(I32, value);
}

static inline I32 Add(I32 a, I32 b) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[i]) + Unsigned(b.lane[i])));
}
static inline I32 Sub(I32 a, I32 b) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[i]) - Unsigned(b.lane[i])));
}
static inline I32 Mul(I32 a, I32 b) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[i]) * Unsigned(b.lane[i])));
}
static inline I32 Min(I32 a, I32 b) {
  MIEN_LANES(I32, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline I32 Max(I32 a, I32 b) {
  MIEN_LANES(I32, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline I32 Abs(I32 a) {
  MIEN_LANES(I32, a.lane[i] < 0 ? Wrap(0U - Unsigned(a.lane[i])) : a.lane[i]);
}
static inline I32 ShiftLeft(I32 a, int count) {
  MIEN_LANES(I32, Wrap(Unsigned(a.lane[i]) << count));
}
static inline I32 ShiftRight(I32 a, int count) {
  MIEN_LANES(I32, a.lane[i] >> count);
}

static inline I32 And(I32 a, I32 b) {
  MIEN_LANES(I32, a.lane[i] & b.lane[i]);
}
static inline I32 Less(I32 a, I32 b) {
  MIEN_LANES(I32, Mask(a.lane[i] < b.lane[i]));
}
static inline I32 Equal(I32 a, I32 b) {
  MIEN_LANES(I32, Mask(a.lane[i] == b.lane[i]));
}
static inline I32 Select(I32 mask, I32 if_set, I32 if_clear) {
  MIEN_LANES(I32, mask.lane[i] != 0 ? if_set.lane[i] : if_clear.lane[i]);
}

static inline std::int32_t ReduceAdd(I32 a) {
  std::uint32_t sum = 0;
  for (std::int32_t value : a.lane) sum += Unsigned(value);
  return Wrap(sum);
}

// a0 + a1, a2 + a3, .. b6 + b7.
static inline I32 AddNeighbours(I32 a, I32 b) {
  MIEN_LANES(I32, Wrap(Unsigned((i < 4 ? a : b).lane[2 * i % 8]) +
                       Unsigned((i < 4 ? a : b).lane[2 * i % 8 + 1])));
}

// Limited to 0..255 and to -128..127; 8 bytes.
static inline void StoreU8(I32 a, std::uint8_t* dst) {
  for (int i = 0; i < kLanes; ++i) dst[i] = static_cast<std::uint8_t>(Limit(a.lane[i], 0, 255));
}
static inline void StoreI8(I32 a, std::int8_t* dst) {
  for (int i = 0; i < kLanes; ++i) dst[i] = static_cast<std::int8_t>(Limit(a.lane[i], -128, 127));
}

}  // namespace mien::scalar

#include "simd/simd_scalar_i16.h"

#undef MIEN_LANES

#endif  // MIEN_SIMD_SCALAR_H_
