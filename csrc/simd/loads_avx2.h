// Loads that rearrange what they read, on AVX2; see loads_scalar.h.

#ifndef MIEN_SIMD_LOADS_AVX2_H_
#define MIEN_SIMD_LOADS_AVX2_H_

#include "simd/simd_avx2.h"

namespace mien::avx2 {

static inline I16 LoadRepeated4(const std::int16_t* src) {
  const __m128i four = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(src));
  const __m256i order = _mm256_setr_epi8(0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3,  //
                                         4, 5, 4, 5, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7);
  return {_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(four), order)};
}

static inline I16 LoadEvenU8(const std::uint8_t* src) {
  return {_mm256_and_si256(LoadBits(src), _mm256_set1_epi16(0xFF))};
}

static inline I16 LoadOddU8(const std::uint8_t* src) {
  return {_mm256_srli_epi16(LoadBits(src), 8)};
}
static inline I16 LoadPairSumsU8(const std::uint8_t* src) {
  return {_mm256_maddubs_epi16(LoadBits(src), _mm256_set1_epi8(1))};
}

static inline void LoadTriplesU8(const std::uint8_t* src, I16* first, I16* second) {
  // Bytes 0..15 and 8..23: neither half reads beyond the 24 bytes.
  const __m256i bytes =
      _mm256_inserti128_si256(_mm256_castsi128_si256(LoadHalf(src)), LoadHalf(src + 8), 1);
  const __m256i order = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,  //
                                         4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
  const __m256i spread =
      _mm256_or_si256(_mm256_shuffle_epi8(bytes, order), _mm256_set1_epi32(1 << 24));
  *first = {_mm256_cvtepu8_epi16(LowHalf(spread))};
  *second = {_mm256_cvtepu8_epi16(HighHalf(spread))};
}

}  // namespace mien::avx2

#endif  // MIEN_SIMD_LOADS_AVX2_H_
