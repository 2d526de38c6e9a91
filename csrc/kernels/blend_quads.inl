// Bilinear read of gray levels. Included once per instruction set, see isa/.
//
//   dst[i] = (sum over k = 0..3 of quads[offset[i] + k] * weights[4 i + k] + 2^20) >> 21
//
// `quads` are gray levels times 128, upper and lower neighbour beside each other, so that the four
// pixels around a place lie in a row: one 64-bit read instead of four, or of two gathers.
// Requires weights >= 0 that sum to 2^14.

static inline I32 BlendQuads8(const std::int16_t* quads, const std::int32_t* offset,
                              const std::int16_t* weights) {
  const I32 low = MulAddPairs(LoadQuads(quads, offset), LoadI16(weights));
  const I32 high = MulAddPairs(LoadQuads(quads, offset + 4), LoadI16(weights + 16));
  return ShiftRight(Add(AddNeighbours(low, high), SplatI32(1 << 20)), 21);
}

static void BlendQuadsRow(const std::int16_t* quads, const std::int32_t* offset,
                          const std::int16_t* weights, int count, std::uint8_t* dst) {
  int i = 0;
  for (; i + kLanesI16 <= count; i += kLanesI16) {
    const I32 low = BlendQuads8(quads, offset + i, weights + 4 * i);
    const I32 high = BlendQuads8(quads, offset + i + kLanes, weights + 4 * (i + kLanes));
    StoreU8(NarrowToI16(low, high), dst + i);
  }
  for (; i + kLanes <= count; i += kLanes) {
    StoreU8(BlendQuads8(quads, offset + i, weights + 4 * i), dst + i);
  }
  if (i == count) return;

  // The tail goes through the same vector arithmetic on a padded copy, so that no pixel has a
  // second formula. Offset 0 is read where there is no pixel.
  std::int32_t padded_offset[kLanes] = {};
  std::int16_t padded_weights[4 * kLanes] = {};
  std::uint8_t padded_dst[kLanes];
  for (int k = i; k < count; ++k) padded_offset[k - i] = offset[k];
  for (int k = 4 * i; k < 4 * count; ++k) padded_weights[k - 4 * i] = weights[k];
  StoreU8(BlendQuads8(quads, padded_offset, padded_weights), padded_dst);
  for (int k = i; k < count; ++k) dst[k] = padded_dst[k - i];
}
