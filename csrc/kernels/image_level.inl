// One image of the flow's pyramid. Included once per instruction set, see isa/.

// 16 pixels; see `NormaliseRow`.
static inline I16 Normalise16(const std::uint8_t* gray, I16 mean, I16 inverse) {
  const I16 above = Sub(ShiftLeft(LoadU8(gray), 4), mean);
  const I16 value = MulRound(ShiftLeft(above, 2), inverse);
  return Min(Max(value, SplatI16(-kImageMax)), SplatI16(kImageMax));
}

// Gray freed of its local brightness and contrast, in units of 1 / kImageOne:
//
//   dst[x] = clamp(kImageOne * (gray[x] - mean[x]) * inverse[x] / 2^16)
//
// `stats` are means and inverses of cells as `CellStatsRow` gives them, of the near and of the far
// row of cells; they are brought to pixels as in enlarge.inl, on the way: both are blended across
// rows first, so that what is stored has come to rest before it is read again beside its
// place. `count` is of cells. Each scratch row has room for a number before `count` and one after.
// Reads and writes whole vectors of 32 pixels.
static void NormaliseRow(const std::uint8_t* gray, const CellStatRows& stats, int count,
                         std::int16_t* dst) {
  QuarterWayRow(stats.mean[0], stats.mean[1], count, stats.mean_scratch);
  QuarterWayRow(stats.inverse[0], stats.inverse[1], count, stats.inverse_scratch);
  RepeatEnds(stats.mean_scratch, count);
  RepeatEnds(stats.inverse_scratch, count);
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 mean = LoadI16(stats.mean_scratch + x);
    const I16 mean_even = QuarterWay(mean, LoadI16(stats.mean_scratch + x - 1));
    const I16 mean_odd = QuarterWay(mean, LoadI16(stats.mean_scratch + x + 1));
    const I16 inverse = LoadI16(stats.inverse_scratch + x);
    const I16 inverse_even = QuarterWay(inverse, LoadI16(stats.inverse_scratch + x - 1));
    const I16 inverse_odd = QuarterWay(inverse, LoadI16(stats.inverse_scratch + x + 1));
    Store(Normalise16(gray + 2 * x, InterleaveLow(mean_even, mean_odd),
                      InterleaveLow(inverse_even, inverse_odd)),
          dst + 2 * x);
    Store(Normalise16(gray + 2 * x + kLanesI16, InterleaveHigh(mean_even, mean_odd),
                      InterleaveHigh(inverse_even, inverse_odd)),
          dst + 2 * x + kLanesI16);
  }
}

static inline I32 BlendAlong(const std::int16_t* src) {
  const I32 left = MulAddPairs(LoadI16(src - 1), SplatPairs(1, 3));
  const I32 right = MulAddPairs(LoadI16(src + 1), SplatPairs(3, 1));
  return ShiftRight(Add(Add(left, right), SplatI32(32)), 6);
}

// A row of the next smaller image: 4 x 4 pixels with weights 1 3 3 1, the border repeated outwards.
// Plain 2 x 2 means alias: the flow's error was a tenth larger with them.
//
// `rows` are the four pixel rows; `count` is their width. `scratch` has room for count + 16 numbers
// and one before it. Writes half of `count` rounded up to 16.
static void HalveRow(const std::int16_t* const rows[4], int count, std::int16_t* scratch,
                     std::int16_t* dst) {
  const I16 three = SplatI16(3);
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 outer = Add(LoadI16(rows[0] + x), LoadI16(rows[3] + x));
    const I16 inner = Add(LoadI16(rows[1] + x), LoadI16(rows[2] + x));
    Store(Add(outer, Mul(inner, three)), scratch + x);
  }
  scratch[-1] = scratch[0];
  scratch[count] = scratch[count - 1];
  scratch[count + 1] = scratch[count - 1];
  for (int x = 0; 2 * x < count; x += kLanesI16) {
    const std::int16_t* src = scratch + 2 * x;
    Store(NarrowToI16(BlendAlong(src), BlendAlong(src + kLanesI16)), dst + x);
  }
}

// dst = upper[0] lower[0] upper[1] lower[1] ..: each pixel above the one below it. Whole vectors.
static void InterleaveRow(const std::int16_t* upper, const std::int16_t* lower, int count,
                          std::int16_t* dst) {
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 a = LoadI16(upper + x);
    const I16 b = LoadI16(lower + x);
    Store(InterleaveLow(a, b), dst + 2 * x);
    Store(InterleaveHigh(a, b), dst + 2 * x + kLanesI16);
  }
}
