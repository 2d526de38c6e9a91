// A frame read where the skin went. Included once per instruction set, see isa/.

// dst = upper[0] lower[0] upper[1] lower[1] ..: each pixel above the one below it. Whole vectors.
static void GrayQuadsRow(const std::uint8_t* upper, const std::uint8_t* lower, int count,
                         std::int16_t* dst) {
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 a = LoadU8(upper + x);
    const I16 b = LoadU8(lower + x);
    Store(InterleaveLow(a, b), dst + 2 * x);
    Store(InterleaveHigh(a, b), dst + 2 * x + kLanesI16);
  }
}

static inline F32 MovedLanes(const MovedRows& moved, int at, F32 share) {
  const F32 upper = LoadF32(moved.upper + at);
  return MulAdd(Sub(LoadF32(moved.lower + at), upper), share, upper);
}

// Units of 1 / kFlowOne from the border, held at it.
static inline I32 HeldPlace(F32 moved, I32 at, I32 last) {
  const I32 to = Add(RoundToI32(Mul(moved, Splat(kFlowOne))), at);
  return Min(Max(to, SplatI32(0)), last);
}

// Bilinear weights as pairs: the left or upper one below, the other above.
static inline I16 WeightPairs(I32 fraction) {
  return AsI16(Add(ShiftLeft(fraction, 16), Sub(SplatI32(kFlowOne), fraction)));
}

// Row `y` of the frame as it would look had each pixel not moved:
//
//   dst[x] = gray at (x, y) + moved(x, y), bilinear, rounded to 1 / kFlowOne px and to whole grays
//
// Outside the frame its border is repeated. `quads` are the rows of `GrayQuadsRow`, height - 1 of
// them `stride` apart. Displacements are finite, under 2^15 px. Whole vectors of 8.
static void PullRow(const std::int16_t* quads, const MovedRows& moved, const WarpPlace& place,
                    std::uint8_t* dst) {
  const F32 share = Splat(moved.share);
  const I32 right = SplatI32((place.width - 1) * kFlowOne);
  const I32 bottom = SplatI32((place.height - 1) * kFlowOne);
  const I32 last_column = SplatI32(place.width - 2);
  const I32 last_row = SplatI32(place.height - 2);
  const I32 stride = SplatI32(place.stride);
  const I32 at_y = SplatI32(place.y * kFlowOne);
  I32 at_x = LoadI32(kLaneColumns);
  for (int x = 0; x < place.width; x += kLanes) {
    const F32 low = MovedLanes(moved, 2 * x, share);
    const F32 high = MovedLanes(moved, 2 * x + kLanes, share);
    const I32 to_x = HeldPlace(Evens(low, high), at_x, right);
    const I32 to_y = HeldPlace(Odds(low, high), at_y, bottom);
    const I32 column = Min(ShiftRight(to_x, kFlowBits), last_column);
    const I32 row = Min(ShiftRight(to_y, kFlowBits), last_row);
    std::int32_t offset[kLanes];
    Store(Add(ShiftLeft(column, 1), Mul(row, stride)), offset);
    const I16 along = WeightPairs(Sub(to_x, ShiftLeft(column, kFlowBits)));
    const I16 across = WeightPairs(Sub(to_y, ShiftLeft(row, kFlowBits)));
    // A column's blend gains seven bits and loses two, so that it fits int16.
    const I32 value = MulAddPairs(BlendQuadHalves(quads, offset, across), along);
    StoreU8(ShiftRight(Add(value, SplatI32(1 << 11)), 12), dst + x);
    at_x = Add(at_x, SplatI32(kLanes * kFlowOne));
  }
}
