// Normalisation and quantisation of gray rows. Included once per instruction set, see isa/.

// A value given at every fourth column of two rows four rows apart, at sixteen columns: that of the
// upper row, and what a row adds.
struct Slope {
  I16 value, step;
};

static inline I16 AcrossCells(const std::int16_t* grid) {
  static const std::int16_t kShare[kLanesI16] = {
      0, 1 << 13, 2 << 13, 3 << 13, 0, 1 << 13, 2 << 13, 3 << 13,
      0, 1 << 13, 2 << 13, 3 << 13, 0, 1 << 13, 2 << 13, 3 << 13};
  const I16 left = LoadRepeated4(grid);
  return Add(left, MulRound(Sub(LoadRepeated4(grid + 1), left), LoadI16(kShare)));
}

static inline Slope Across(const std::int16_t* upper, const std::int16_t* lower) {
  const I16 value = AcrossCells(upper);
  return {value, MulRound(Sub(AcrossCells(lower), value), SplatI16(1 << 13))};
}

// What makes codes of pixels, held in registers: a store of bytes may alias everything else.
struct CodeConstants {
  I16 half, zero_point;
  int shift;
};

static inline I16 Codes(I16 gray, I16 mean, I16 gain, const CodeConstants& constants) {
  const I16 product = MulRound(Sub(ShiftLeft(gray, 7), mean), gain);
  const I16 code = ShiftRight(AddSaturate(product, constants.half), constants.shift);
  return AddSaturate(code, constants.zero_point);
}

static inline void QuantiseColumns(GrayBand gray, Slope mean, Slope gain, CodeBand codes,
                                   CodeConstants constants) {
  for (int y = 0; y < gray.height; ++y) {
    StoreI8(Codes(LoadU8(gray.data), mean.value, gain.value, constants), codes.data);
    mean.value = Add(mean.value, mean.step);
    gain.value = Add(gain.value, gain.step);
    gray.data += gray.stride;
    codes.data += codes.stride;
  }
}

// Fewer columns than lanes: the same arithmetic on padded copies, so that no pixel has a second
// formula.
static inline void QuantiseRest(GrayBand gray, Slope mean, Slope gain, CodeBand codes,
                                CodeConstants constants, int count) {
  std::uint8_t padded_src[4 * kLanesI16] = {};
  std::int8_t padded_dst[4 * kLanesI16];
  for (int i = 0; i < gray.height * count; ++i) {
    padded_src[i / count * kLanesI16 + i % count] = gray.data[i / count * gray.stride + i % count];
  }
  QuantiseColumns({padded_src, kLanesI16, kLanesI16, gray.height}, mean, gain,
                  {padded_dst, kLanesI16, codes.scale}, constants);
  for (int i = 0; i < gray.height * count; ++i) {
    codes.data[i / count * codes.stride + i % count] =
        padded_dst[i / count * kLanesI16 + i % count];
  }
}

// Up to four rows between two rows of `BoxGridRow`:
//
//   dst = clamp(round((gray - mean) * gain) + zero_point, -128, 127)
//
// with mean and gain bilinear between every fourth column and row; halves are rounded upwards.
static void QuantiseBand(const GrayBand& gray, const BoxStatsRow& upper, const BoxStatsRow& lower,
                         const CodeBand& codes) {
  const CodeConstants constants = {SplatI16(codes.scale.half), SplatI16(codes.scale.zero_point),
                                   codes.scale.shift};
  const BoxStatsRow from = upper;
  const BoxStatsRow to = lower;
  GrayBand src = gray;
  CodeBand dst = codes;
  int rest = gray.width;
  for (int x = 0; rest > 0; x += kLanesI16, rest -= kLanesI16) {
    const Slope mean = Across(from.mean + x / 4, to.mean + x / 4);
    const Slope gain = Across(from.gain + x / 4, to.gain + x / 4);
    if (rest < kLanesI16) {
      QuantiseRest(src, mean, gain, dst, constants, rest);
      return;
    }
    QuantiseColumns(src, mean, gain, dst, constants);
    src.data += kLanesI16;
    dst.data += kLanesI16;
  }
}
