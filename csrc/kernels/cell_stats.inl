// Local brightness and contrast of a gray image, on cells of 2 x 2 pixels. Included once per
// instruction set, see isa/.

// Sums over the cells of two pixel rows.
//
//   sum[i]    = the four gray levels of cell i
//   square[i] = their squares
//
// Reads and writes whole vectors: `count` pixels rounded up to 16, half as many cells.
static void CellSumsRow(const std::uint8_t* upper, const std::uint8_t* lower, int count,
                        std::int32_t* sum, std::int32_t* square) {
  const I16 one = SplatI16(1);
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 a = LoadU8(upper + x);
    const I16 b = LoadU8(lower + x);
    Store(MulAddPairs(Add(a, b), one), sum + x / 2);
    Store(Add(MulAddPairs(a, a), MulAddPairs(b, b)), square + x / 2);
  }
}

static inline I32 SumOfContrastCells(const std::int32_t* at) {
  I32 sum = LoadI32(at - kContrastCells / 2);
  for (int k = 1; k < kContrastCells; ++k) sum = Add(sum, LoadI32(at - kContrastCells / 2 + k));
  return sum;
}

static inline void CellStats(const std::int32_t* sum, const std::int32_t* square, I32* mean,
                             I32* inverse) {
  constexpr float kShare = 1.0F / (4 * kContrastCells * kContrastCells);
  const F32 level = Mul(ToF32(SumOfContrastCells(sum)), Splat(kShare));
  const F32 power = Mul(ToF32(SumOfContrastCells(square)), Splat(kShare));
  const F32 variance = Max(Sub(power, Mul(level, level)), Splat(0.0F));
  *mean = RoundToI32(Mul(level, Splat(16.0F)));
  const F32 floor = MulAdd(level, Splat(kContrastFloorShare), Splat(kContrastFloor));
  *inverse = RoundToI32(Div(Splat(65536.0F), Add(Sqrt(variance), floor)));
}

// Mean and contrast over kContrastCells columns of cells, from sums over as many rows.
//
//   mean[i]    = mean gray times 16
//   inverse[i] = 2^16 / (deviation + kContrastFloor + kContrastFloorShare * mean), limited to int16
//
// Reads kContrastCells / 2 cells more on either side; writes `count` rounded up to 16.
static void CellStatsRow(const std::int32_t* sum, const std::int32_t* square, int count,
                         std::int16_t* mean, std::int16_t* inverse) {
  for (int x = 0; x < count; x += kLanesI16) {
    I32 mean_low, mean_high, inverse_low, inverse_high;
    CellStats(sum + x, square + x, &mean_low, &inverse_low);
    CellStats(sum + x + kLanes, square + x + kLanes, &mean_high, &inverse_high);
    Store(NarrowToI16(mean_low, mean_high), mean + x);
    Store(NarrowToI16(inverse_low, inverse_high), inverse + x);
  }
}
