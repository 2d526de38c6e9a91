// Normalisation and quantisation of gray rows. Included once per instruction set, see isa/.

// A value given at every fourth column of two rows four rows apart, at eight columns: that of the
// upper row, and what a row adds.
struct Slope {
  F32 value, step;
};

static inline F32 AcrossCells(const float* grid) {
  static const float kShare[kLanes] = {0, 0.25F, 0.5F, 0.75F, 0, 0.25F, 0.5F, 0.75F};
  const F32 left = LoadRepeated4(grid);
  return MulAdd(Sub(LoadRepeated4(grid + 1), left), LoadF32(kShare), left);
}

static inline Slope Across(const float* upper, const float* lower) {
  const F32 value = AcrossCells(upper);
  return {value, Mul(Sub(AcrossCells(lower), value), Splat(0.25F))};
}

static inline I32 Codes(const std::uint8_t* gray, I32 zero_point, Slope* mean, Slope* gain) {
  const F32 above = Sub(ToF32(LoadU8AsI32(gray)), mean->value);
  const I32 code = Add(RoundToI32(Mul(above, gain->value)), zero_point);
  mean->value = Add(mean->value, mean->step);
  gain->value = Add(gain->value, gain->step);
  return code;
}

// Up to four rows between two rows of `BoxGridRow`:
//
//   dst = clamp(round((gray - mean) * gain) + zero_point, -128, 127)
//
// with mean and gain bilinear between every fourth column and row; ties to even. |gray - mean| *
// gain must stay below 2^30.
static void QuantiseBand(const GrayBand& gray, const BoxStatsRow& upper, const BoxStatsRow& lower,
                         const CodeBand& codes) {
  const I32 zero_point = SplatI32(codes.zero_point);
  int x = 0;
  for (; x + kLanesI16 <= gray.width; x += kLanesI16) {
    const int cell = x / 4;
    Slope mean_low = Across(upper.mean + cell, lower.mean + cell);
    Slope mean_high = Across(upper.mean + cell + 2, lower.mean + cell + 2);
    Slope gain_low = Across(upper.gain + cell, lower.gain + cell);
    Slope gain_high = Across(upper.gain + cell + 2, lower.gain + cell + 2);
    const std::uint8_t* src = gray.data + x;
    std::int8_t* dst = codes.data + x;
    for (int y = 0; y < gray.height; ++y, src += gray.stride, dst += codes.stride) {
      const I32 low = Codes(src, zero_point, &mean_low, &gain_low);
      StoreI8(NarrowToI16(low, Codes(src + kLanes, zero_point, &mean_high, &gain_high)), dst);
    }
  }
  for (; x < gray.width; x += kLanes) {
    Slope mean = Across(upper.mean + x / 4, lower.mean + x / 4);
    Slope gain = Across(upper.gain + x / 4, lower.gain + x / 4);
    const int count = gray.width - x < kLanes ? gray.width - x : kLanes;
    for (int y = 0; y < gray.height; ++y) {
      // The same arithmetic on a padded copy, so that no pixel has a second formula.
      std::uint8_t padded_src[kLanes] = {};
      std::int8_t padded_dst[kLanes];
      for (int k = 0; k < count; ++k) padded_src[k] = gray.data[y * gray.stride + x + k];
      StoreI8(Codes(padded_src, zero_point, &mean, &gain), padded_dst);
      for (int k = 0; k < count; ++k) codes.data[y * codes.stride + x + k] = padded_dst[k];
    }
  }
}
