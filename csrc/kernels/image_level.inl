// One image of the flow's pyramid. Included once per instruction set, see isa/.

// Gray freed of its local brightness and contrast, in units of 1 / kImageOne:
//
//   dst[x] = clamp(kImageOne * (gray[x] - mean[x]) * inverse[x] / 2^16)
//
// `mean` and `inverse` as `CellStatsRow` gives them, brought to pixels. Whole vectors of 16.
static void NormaliseRow(const std::uint8_t* gray, const std::int16_t* mean,
                         const std::int16_t* inverse, int count, std::int16_t* dst) {
  const I16 high = SplatI16(kImageMax);
  const I16 low = SplatI16(-kImageMax);
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 above = Sub(ShiftLeft(LoadU8(gray + x), 4), LoadI16(mean + x));
    const I16 value = MulRound(ShiftLeft(above, 2), LoadI16(inverse + x));
    Store(Min(Max(value, low), high), dst + x);
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
