// The vector vocabulary on AVX2; see simd_scalar.h for what each operation means.
//
// Static functions only, and no std:: ones: an inline function that this file's includer emitted
// would be a weak symbol, and the linker could keep that copy for CPUs without AVX2.

#ifndef MIEN_SIMD_AVX2_H_
#define MIEN_SIMD_AVX2_H_

#include <immintrin.h>

#include <cstdint>

namespace mien::avx2 {

constexpr int kLanes = 8;
constexpr int kLanesI16 = 16;

struct F32 {
  __m256 v;
};

struct I32 {
  __m256i v;
};

struct I16 {
  __m256i v;
};

// The four 64-bit parts 0 2 1 3: undoes what instructions do that work in halves.
static inline __m256i InOrder(__m256i v) {
  return _mm256_permute4x64_epi64(v, 0xD8);
}
static inline __m128i LowHalf(__m256i v) {
  return _mm256_castsi256_si128(v);
}
static inline __m128i HighHalf(__m256i v) {
  return _mm256_extracti128_si256(v, 1);
}

static inline __m256i LoadBits(const void* src) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(src));
}
static inline void StoreBits(__m256i v, void* dst) {
  _mm256_storeu_si256(static_cast<__m256i*>(dst), v);
}
static inline __m128i LoadHalf(const void* src) {
  return _mm_loadu_si128(static_cast<const __m128i*>(src));
}

// ---- F32 ------------------------------------------------------------------------------------

static inline F32 LoadF32(const float* src) {
  return {_mm256_loadu_ps(src)};
}
static inline void Store(F32 a, float* dst) {
  _mm256_storeu_ps(dst, a.v);
}
static inline F32 Splat(float value) {
  return {_mm256_set1_ps(value)};
}

static inline F32 Add(F32 a, F32 b) {
  return {_mm256_add_ps(a.v, b.v)};
}
static inline F32 Sub(F32 a, F32 b) {
  return {_mm256_sub_ps(a.v, b.v)};
}
static inline F32 Mul(F32 a, F32 b) {
  return {_mm256_mul_ps(a.v, b.v)};
}
static inline F32 Div(F32 a, F32 b) {
  return {_mm256_div_ps(a.v, b.v)};
}
static inline F32 Sqrt(F32 a) {
  return {_mm256_sqrt_ps(a.v)};
}
static inline F32 Abs(F32 a) {
  return {_mm256_andnot_ps(_mm256_set1_ps(-0.0F), a.v)};
}
static inline F32 MulAdd(F32 a, F32 b, F32 c) {
  return Add(Mul(a, b), c);
}
static inline F32 Min(F32 a, F32 b) {
  return {_mm256_min_ps(a.v, b.v)};
}
static inline F32 Max(F32 a, F32 b) {
  return {_mm256_max_ps(a.v, b.v)};
}

static inline I32 Less(F32 a, F32 b) {
  return {_mm256_castps_si256(_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}
static inline I32 LessEqual(F32 a, F32 b) {
  return {_mm256_castps_si256(_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ))};
}
static inline F32 Select(I32 mask, F32 if_set, F32 if_clear) {
  return {_mm256_blendv_ps(if_clear.v, if_set.v, _mm256_castsi256_ps(mask.v))};
}

static inline F32 ToF32(I32 a) {
  return {_mm256_cvtepi32_ps(a.v)};
}
static inline I32 RoundToI32(F32 a) {
  return {_mm256_cvtps_epi32(a.v)};
}

static inline F32 InterleaveLow(F32 a, F32 b) {
  const __m256 low = _mm256_unpacklo_ps(a.v, b.v);
  return {_mm256_permute2f128_ps(low, _mm256_unpackhi_ps(a.v, b.v), 0x20)};
}
static inline F32 InterleaveHigh(F32 a, F32 b) {
  const __m256 low = _mm256_unpacklo_ps(a.v, b.v);
  return {_mm256_permute2f128_ps(low, _mm256_unpackhi_ps(a.v, b.v), 0x31)};
}
// Lane pairs as the 64-bit parts that they are.
static inline __m256d InterleaveParts(F32 a, F32 b, bool is_high) {
  const __m256d x = _mm256_castps_pd(a.v);
  const __m256d y = _mm256_castps_pd(b.v);
  const __m256d low = _mm256_unpacklo_pd(x, y);
  const __m256d high = _mm256_unpackhi_pd(x, y);
  return is_high ? _mm256_permute2f128_pd(low, high, 0x31)
                 : _mm256_permute2f128_pd(low, high, 0x20);
}
static inline F32 InterleavePairsLow(F32 a, F32 b) {
  return {_mm256_castpd_ps(InterleaveParts(a, b, false))};
}
static inline F32 InterleavePairsHigh(F32 a, F32 b) {
  return {_mm256_castpd_ps(InterleaveParts(a, b, true))};
}
static inline F32 InOrder(__m256 v) {
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xD8))};
}
static inline F32 Evens(F32 a, F32 b) {
  return InOrder(_mm256_shuffle_ps(a.v, b.v, 0x88));
}
static inline F32 Odds(F32 a, F32 b) {
  return InOrder(_mm256_shuffle_ps(a.v, b.v, 0xDD));
}

static inline float ReduceAdd(F32 a) {
  const __m128 by4 = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 by2 = _mm_add_ps(by4, _mm_movehl_ps(by4, by4));
  return _mm_cvtss_f32(_mm_add_ss(by2, _mm_movehdup_ps(by2)));
}

// ---- I32 ------------------------------------------------------------------------------------

static inline I32 LoadI32(const std::int32_t* src) {
  return {LoadBits(src)};
}
static inline void Store(I32 a, std::int32_t* dst) {
  StoreBits(a.v, dst);
}
static inline I32 SplatI32(std::int32_t value) {
  return {_mm256_set1_epi32(value)};
}

static inline I32 Add(I32 a, I32 b) {
  return {_mm256_add_epi32(a.v, b.v)};
}
static inline I32 Sub(I32 a, I32 b) {
  return {_mm256_sub_epi32(a.v, b.v)};
}
static inline I32 Mul(I32 a, I32 b) {
  return {_mm256_mullo_epi32(a.v, b.v)};
}
static inline I32 Min(I32 a, I32 b) {
  return {_mm256_min_epi32(a.v, b.v)};
}
static inline I32 Max(I32 a, I32 b) {
  return {_mm256_max_epi32(a.v, b.v)};
}
static inline I32 Abs(I32 a) {
  return {_mm256_abs_epi32(a.v)};
}
static inline I32 ShiftLeft(I32 a, int count) {
  return {_mm256_slli_epi32(a.v, count)};
}
static inline I32 ShiftRight(I32 a, int count) {
  return {_mm256_srai_epi32(a.v, count)};
}

static inline I32 And(I32 a, I32 b) {
  return {_mm256_and_si256(a.v, b.v)};
}
static inline I32 Less(I32 a, I32 b) {
  return {_mm256_cmpgt_epi32(b.v, a.v)};
}
static inline I32 Equal(I32 a, I32 b) {
  return {_mm256_cmpeq_epi32(a.v, b.v)};
}
static inline I32 Select(I32 mask, I32 if_set, I32 if_clear) {
  return {_mm256_blendv_epi8(if_clear.v, if_set.v, mask.v)};
}

static inline std::int32_t ReduceAdd(I32 a) {
  const __m128i by4 = _mm_add_epi32(LowHalf(a.v), HighHalf(a.v));
  const __m128i by2 = _mm_add_epi32(by4, _mm_shuffle_epi32(by4, 0xEE));
  return _mm_cvtsi128_si32(_mm_add_epi32(by2, _mm_shuffle_epi32(by2, 0x55)));
}
static inline I32 AddNeighbours(I32 a, I32 b) {
  return {InOrder(_mm256_hadd_epi32(a.v, b.v))};
}

static inline void StoreU8(I32 a, std::uint8_t* dst) {
  const __m128i words = _mm_packs_epi32(LowHalf(a.v), HighHalf(a.v));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(dst), _mm_packus_epi16(words, words));
}
static inline void StoreI8(I32 a, std::int8_t* dst) {
  const __m128i words = _mm_packs_epi32(LowHalf(a.v), HighHalf(a.v));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(dst), _mm_packs_epi16(words, words));
}

}  // namespace mien::avx2

#include "simd/simd_avx2_i16.h"

#endif  // MIEN_SIMD_AVX2_H_
