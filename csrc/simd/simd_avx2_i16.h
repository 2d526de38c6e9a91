// The part of simd_avx2.h that works on I16; include that.

#ifndef MIEN_SIMD_AVX2_I16_H_
#define MIEN_SIMD_AVX2_I16_H_

#if !defined(MIEN_SIMD_AVX2_H_)
#error "include simd/simd_avx2.h, do not include this directly"
#endif

namespace mien::avx2 {

static inline I16 LoadI16(const std::int16_t* src) {
  return {LoadBits(src)};
}
static inline void Store(I16 a, std::int16_t* dst) {
  StoreBits(a.v, dst);
}
static inline I16 SplatI16(std::int16_t value) {
  return {_mm256_set1_epi16(value)};
}
static inline I16 LoadU8(const std::uint8_t* src) {
  return {_mm256_cvtepu8_epi16(LoadHalf(src))};
}

static inline I16 Add(I16 a, I16 b) {
  return {_mm256_add_epi16(a.v, b.v)};
}
static inline I16 Sub(I16 a, I16 b) {
  return {_mm256_sub_epi16(a.v, b.v)};
}
static inline I16 AddSaturate(I16 a, I16 b) {
  return {_mm256_adds_epi16(a.v, b.v)};
}
static inline I16 Min(I16 a, I16 b) {
  return {_mm256_min_epi16(a.v, b.v)};
}
static inline I16 Max(I16 a, I16 b) {
  return {_mm256_max_epi16(a.v, b.v)};
}
static inline I16 Abs(I16 a) {
  return {_mm256_abs_epi16(a.v)};
}
static inline I16 ShiftLeft(I16 a, int count) {
  return {_mm256_slli_epi16(a.v, count)};
}
static inline I16 ShiftRight(I16 a, int count) {
  return {_mm256_srai_epi16(a.v, count)};
}

static inline I16 Mul(I16 a, I16 b) {
  return {_mm256_mullo_epi16(a.v, b.v)};
}
static inline I16 MulHighUnsigned(I16 a, I16 b) {
  return {_mm256_mulhi_epu16(a.v, b.v)};
}
static inline I16 MulRound(I16 a, I16 b) {
  return {_mm256_mulhrs_epi16(a.v, b.v)};
}
static inline I32 MulAddPairs(I16 a, I16 b) {
  return {_mm256_madd_epi16(a.v, b.v)};
}

static inline I16 And(I16 a, I16 b) {
  return {_mm256_and_si256(a.v, b.v)};
}
static inline I16 Less(I16 a, I16 b) {
  return {_mm256_cmpgt_epi16(b.v, a.v)};
}
static inline I16 Equal(I16 a, I16 b) {
  return {_mm256_cmpeq_epi16(a.v, b.v)};
}
static inline I16 Select(I16 mask, I16 if_set, I16 if_clear) {
  return {_mm256_blendv_epi8(if_clear.v, if_set.v, mask.v)};
}

static inline I16 NarrowToI16(I32 low, I32 high) {
  return {InOrder(_mm256_packs_epi32(low.v, high.v))};
}

static inline I16 InterleaveLow(I16 a, I16 b) {
  const __m256i low = _mm256_unpacklo_epi16(a.v, b.v);
  return {_mm256_permute2x128_si256(low, _mm256_unpackhi_epi16(a.v, b.v), 0x20)};
}
static inline I16 InterleaveHigh(I16 a, I16 b) {
  const __m256i low = _mm256_unpacklo_epi16(a.v, b.v);
  return {_mm256_permute2x128_si256(low, _mm256_unpackhi_epi16(a.v, b.v), 0x31)};
}

static inline I16 InterleavePairsLow(I16 a, I16 b) {
  const __m256i low = _mm256_unpacklo_epi32(a.v, b.v);
  return {_mm256_permute2x128_si256(low, _mm256_unpackhi_epi32(a.v, b.v), 0x20)};
}
static inline I16 InterleavePairsHigh(I16 a, I16 b) {
  const __m256i low = _mm256_unpacklo_epi32(a.v, b.v);
  return {_mm256_permute2x128_si256(low, _mm256_unpackhi_epi32(a.v, b.v), 0x31)};
}
static inline I16 SplatPairs(std::int16_t even, std::int16_t odd) {
  const int both = static_cast<int>(static_cast<unsigned>(odd) << 16 | (even & 0xFFFF));
  return {_mm256_set1_epi32(both)};
}
static inline I32 AsI32(I16 a) {
  return {a.v};
}
static inline I16 AsI16(I32 a) {
  return {a.v};
}

static inline I16 AddNeighbours(I16 a, I16 b) {
  return {InOrder(_mm256_hadd_epi16(a.v, b.v))};
}

static inline __m128i LoadTwoQuads(const std::int16_t* first, const std::int16_t* second) {
  const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(first));
  const __m128i high = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(second));
  return _mm_unpacklo_epi64(low, high);
}
static inline I16 LoadQuads(const std::int16_t* base, const std::int32_t* offset) {
  const __m128i low = LoadTwoQuads(base + offset[0], base + offset[1]);
  const __m128i high = LoadTwoQuads(base + offset[2], base + offset[3]);
  return {_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1)};
}

// Quads 0 1 4 5 and 2 3 6 7: what unpacking in halves makes of 32-bit weights, and what packing in
// halves puts in order again.
static inline I16 BlendQuadHalves(const std::int16_t* base, const std::int32_t* offset,
                                  I16 weights) {
  const __m128i q01 = LoadTwoQuads(base + offset[0], base + offset[1]);
  const __m128i q45 = LoadTwoQuads(base + offset[4], base + offset[5]);
  const __m128i q23 = LoadTwoQuads(base + offset[2], base + offset[3]);
  const __m128i q67 = LoadTwoQuads(base + offset[6], base + offset[7]);
  const __m256i low =
      _mm256_madd_epi16(_mm256_inserti128_si256(_mm256_castsi128_si256(q01), q45, 1),
                        _mm256_unpacklo_epi32(weights.v, weights.v));
  const __m256i high =
      _mm256_madd_epi16(_mm256_inserti128_si256(_mm256_castsi128_si256(q23), q67, 1),
                        _mm256_unpackhi_epi32(weights.v, weights.v));
  const __m256i half = _mm256_set1_epi32(2);
  return {_mm256_packs_epi32(_mm256_srai_epi32(_mm256_add_epi32(low, half), 2),
                             _mm256_srai_epi32(_mm256_add_epi32(high, half), 2))};
}

static inline void StoreU8(I16 a, std::uint8_t* dst) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(dst), _mm_packus_epi16(LowHalf(a.v), HighHalf(a.v)));
}
static inline void StoreI8(I16 a, std::int8_t* dst) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(dst), _mm_packs_epi16(LowHalf(a.v), HighHalf(a.v)));
}

}  // namespace mien::avx2

#endif  // MIEN_SIMD_AVX2_I16_H_
