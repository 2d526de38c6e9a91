// An image read where the flow points. Included once per instruction set, see isa/.

// Eight pixels: (flow_x, flow_y) pairs in units of 1 / kFlowOne, at the places of `at`, also pairs.
static inline I32 Warp8(const std::int16_t* quads, int stride, I16 flow, I16 at, I16 last,
                        I32* is_inside) {
  const I16 to = Add(ShiftRight(flow, kFlowBits), at);
  const I16 within = Min(Max(to, SplatI16(0)), last);
  *is_inside = Equal(AsI32(within), AsI32(to));
  std::int32_t offset[kLanes];
  Store(MulAddPairs(within, SplatPairs(2, static_cast<std::int16_t>(stride))), offset);

  const I32 fraction = AsI32(And(flow, SplatI16(kFlowOne - 1)));
  const I32 fraction_x = And(fraction, SplatI32(kFlowOne - 1));
  const I32 fraction_y = ShiftRight(fraction, 16);
  // A pair of weights as one number: the left or upper one below, the other above.
  const I16 along = AsI16(Add(ShiftLeft(fraction_x, 16), Sub(SplatI32(kFlowOne), fraction_x)));
  const I16 across = AsI16(Add(ShiftLeft(fraction_y, 16), Sub(SplatI32(kFlowOne), fraction_y)));

  // |image| < 2^9, so that a column's blend fits int16 after losing two of the seven bits it
  // gained.
  const I32 value = MulAddPairs(BlendQuadHalves(quads, offset, across), along);
  return ShiftRight(Add(value, SplatI32(1 << 11)), 12);
}

// Moves row `y` of `after` back along `flow` and compares it with the same row of `before`.
//
//   sum[x]        = before + moved
//   difference[x] = moved - before
//   is_inside[x]  = all ones if the target lies left of the last column and above the last row,
//                   so that all four pixels around it are there, else 0
//
// `after` is the whole image as `InterleaveRow` makes it of every two rows, height - 1 rows
// `stride` apart: the four pixels around a place lie in a row and come with one 64-bit read, where
// two gathers took as long as all else. `flow` holds pairs. Whole vectors of 16.
static void WarpRow(const std::int16_t* flow, const std::int16_t* before, const std::int16_t* after,
                    const WarpPlace& place, std::int16_t* sum, std::int16_t* difference,
                    std::int16_t* is_inside) {
  const I16 last = SplatPairs(static_cast<std::int16_t>(place.width - 2),
                              static_cast<std::int16_t>(place.height - 2));
  const I16 step = SplatPairs(kLanes, 0);
  I16 at = Add(LoadI16(kPairLanes), SplatPairs(0, static_cast<std::int16_t>(place.y)));
  for (int x = 0; x < place.width; x += kLanesI16) {
    I32 inside_low, inside_high;
    const I32 moved_low = Warp8(after, place.stride, LoadI16(flow + 2 * x), at, last, &inside_low);
    at = Add(at, step);
    const I32 moved_high =
        Warp8(after, place.stride, LoadI16(flow + 2 * x + kLanesI16), at, last, &inside_high);
    at = Add(at, step);
    const I16 moved = NarrowToI16(moved_low, moved_high);
    const I16 inside = NarrowToI16(inside_low, inside_high);
    const I16 here = LoadI16(before + x);
    Store(Add(here, moved), sum + x);
    Store(Sub(moved, here), difference + x);
    Store(inside, is_inside + x);
  }
}
