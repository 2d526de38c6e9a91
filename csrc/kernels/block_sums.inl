// Sums over blocks of sensor pixels, and the quads that are read bilinearly. Included once per
// instruction set, see isa/.

// What a row adds to 16 blocks, for each pitch and span.
static inline I16 Blocks1x1(const std::uint8_t* row) {
  return LoadU8(row);
}
static inline I16 Blocks1x2(const std::uint8_t* row) {
  return Add(LoadU8(row), LoadU8(row + 1));
}
static inline I16 Blocks2x2(const std::uint8_t* row) {
  return LoadPairSumsU8(row);
}
static inline I16 Blocks2x3(const std::uint8_t* row) {
  return Add(LoadPairSumsU8(row), LoadOddU8(row + 1));
}
static inline I16 Blocks2x4(const std::uint8_t* row) {
  return Add(LoadPairSumsU8(row), LoadPairSumsU8(row + 2));
}

template <I16 (*kLoad)(const std::uint8_t*)>
static inline I16 AddRows(const std::uint8_t* const* rows, int row_count, int x) {
  I16 sum = kLoad(rows[0] + x);
  for (int k = 1; k < row_count; ++k) sum = Add(sum, kLoad(rows[k] + x));
  return sum;
}

//   dst[i] = sum over the rows, and over kSpan columns from kPitch * i on
//
// At most 16 rows. Reads the columns of `count` blocks exactly.
template <I16 (*kLoad)(const std::uint8_t*), int kPitch, int kSpan>
static void SumBlocks(const std::uint8_t* const* rows, int row_count, int count,
                      std::int16_t* dst) {
  int i = 0;
  for (; i + 2 * kLanesI16 <= count; i += 2 * kLanesI16) {
    I16 low = kLoad(rows[0] + kPitch * i);
    I16 high = kLoad(rows[0] + kPitch * (i + kLanesI16));
    for (int k = 1; k < row_count; ++k) {
      low = Add(low, kLoad(rows[k] + kPitch * i));
      high = Add(high, kLoad(rows[k] + kPitch * (i + kLanesI16)));
    }
    Store(low, dst + i);
    Store(high, dst + i + kLanesI16);
  }
  for (; i + kLanesI16 <= count; i += kLanesI16) {
    Store(AddRows<kLoad>(rows, row_count, kPitch * i), dst + i);
  }
  if (i < count && count >= kLanesI16) {
    i = count - kLanesI16;  // some once more, instead of the rest one by one
    Store(AddRows<kLoad>(rows, row_count, kPitch * i), dst + i);
    return;
  }
  for (; i < count; ++i) {
    int sum = 0;
    for (int k = 0; k < row_count * kSpan; ++k) sum += rows[k / kSpan][kPitch * i + k % kSpan];
    dst[i] = static_cast<std::int16_t>(sum);
  }
}

// Sums along a row, in place, as unsigned numbers, for x below `count` rounded up to 16:
//
//   SumPairs     row[x] = row[2 x] + row[2 x + 1]
//   SumTriples   row[x] = row[2 x] + row[2 x + 1] + row[2 x + 2]
//   SumNext      row[x] = row[x] + row[x + 1]
static void SumPairs(std::int16_t* row, int count) {
  for (int x = 0; x < count; x += kLanesI16) {
    const std::int16_t* src = row + 2 * x;
    Store(AddNeighbours(LoadI16(src), LoadI16(src + kLanesI16)), row + x);
  }
}

static inline I16 WithThird(const std::int16_t* src) {
  return Add(LoadI16(src), And(LoadI16(src + 2), SplatPairs(-1, 0)));
}

static void SumTriples(std::int16_t* row, int count) {
  for (int x = 0; x < count; x += kLanesI16) {
    const std::int16_t* src = row + 2 * x;
    Store(AddNeighbours(WithThird(src), WithThird(src + kLanesI16)), row + x);
  }
}

static void SumNext(std::int16_t* row, int count) {
  for (int x = 0; x < count; x += kLanesI16) {
    Store(Add(LoadI16(row + x), LoadI16(row + x + 1)), row + x);
  }
}

// Brings block sums to gray levels times 128 and lays each beside the one above it:
//
//   levels[x] = ((sums[x] << shift) * factor) >> 16, all unsigned
//   quads[2 x], quads[2 x + 1] = above[x], levels[x]
//
// for x below `count` rounded up to 16.
static void QuadsRow(const std::int16_t* sums, const BlockScale& scale, int count,
                     const std::int16_t* above, std::int16_t* levels, std::int16_t* quads) {
  const I16 factor = SplatI16(static_cast<std::int16_t>(scale.factor));
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 level = MulHighUnsigned(ShiftLeft(LoadI16(sums + x), scale.shift), factor);
    const I16 upper = LoadI16(above + x);
    Store(level, levels + x);
    Store(InterleaveLow(upper, level), quads + 2 * x);
    Store(InterleaveHigh(upper, level), quads + 2 * x + kLanesI16);
  }
}
