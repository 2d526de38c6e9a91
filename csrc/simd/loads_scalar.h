// Loads that rearrange what they read; the definition, see simd_scalar.h.

#ifndef MIEN_SIMD_LOADS_SCALAR_H_
#define MIEN_SIMD_LOADS_SCALAR_H_

#include "simd/simd_scalar.h"

namespace mien::scalar {

// src[0] four times, src[1] four times, .. src[3].
static inline I16 LoadRepeated4(const std::int16_t* src) {
  I16 out;
  for (int i = 0; i < kLanesI16; ++i) out.lane[i] = src[i / 4];
  return out;
}

// src[2 i], src[2 i + 1] and their sum; each reads 32 bytes.
static inline I16 LoadEvenU8(const std::uint8_t* src) {
  I16 out;
  for (int i = 0; i < kLanesI16; ++i) out.lane[i] = src[2 * i];
  return out;
}
static inline I16 LoadOddU8(const std::uint8_t* src) {
  return LoadEvenU8(src + 1);
}
static inline I16 LoadPairSumsU8(const std::uint8_t* src) {
  return Add(LoadEvenU8(src), LoadOddU8(src));
}

// Four pixels of three bytes and a 1 after each.
static inline I16 LoadTriplesU8(const std::uint8_t* src) {
  I16 out;
  for (int i = 0; i < kLanesI16; ++i) {
    out.lane[i] = i % 4 == 3 ? std::int16_t{1} : std::int16_t{src[i / 4 * 3 + i % 4]};
  }
  return out;
}

// Eight pixels of three bytes as two vectors; reads 24 bytes.
static inline void LoadTriplesU8(const std::uint8_t* src, I16* first, I16* second) {
  *first = LoadTriplesU8(src);
  *second = LoadTriplesU8(src + 12);
}

}  // namespace mien::scalar

#endif  // MIEN_SIMD_LOADS_SCALAR_H_
