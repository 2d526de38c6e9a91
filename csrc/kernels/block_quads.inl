// Sums over blocks of sensor pixels, and the quads that are read bilinearly. Included once per
// instruction set, see isa/.

// What a row adds to 32 blocks, as two vectors: the first and the second 16 blocks or, if that is
// cheaper, those of even and those of odd number.
static inline void AddBlocks1x1(const std::uint8_t* row, I16* first, I16* second) {
  *first = Add(*first, LoadU8(row));
  *second = Add(*second, LoadU8(row + kLanesI16));
}
static inline void AddBlocks1x2(const std::uint8_t* row, I16* even, I16* odd) {
  *even = Add(*even, LoadPairSumsU8(row));
  *odd = Add(*odd, LoadPairSumsU8(row + 1));
}
static inline void AddBlocks2x2(const std::uint8_t* row, I16* first, I16* second) {
  *first = Add(*first, LoadPairSumsU8(row));
  *second = Add(*second, LoadPairSumsU8(row + 2 * kLanesI16));
}
static inline void AddBlocks2x3(const std::uint8_t* row, I16* first, I16* second) {
  AddBlocks2x2(row, first, second);
  *first = Add(*first, LoadOddU8(row + 1));
  *second = Add(*second, LoadOddU8(row + 1 + 2 * kLanesI16));
}
static inline void AddBlocks2x4(const std::uint8_t* row, I16* first, I16* second) {
  AddBlocks2x2(row, first, second);
  AddBlocks2x2(row + 2, first, second);
}

using AddBlocks = void (*)(const std::uint8_t* row, I16* a, I16* b);

template <AddBlocks kAdd, bool kIsEvenOdd>
static inline void SumBlocks32(const std::uint8_t* const* rows, int row_count, int x,
                               std::int16_t* dst) {
  I16 a = SplatI16(0);
  I16 b = SplatI16(0);
  for (int k = 0; k < row_count; ++k) kAdd(rows[k] + x, &a, &b);
  Store(kIsEvenOdd ? InterleaveLow(a, b) : a, dst);
  Store(kIsEvenOdd ? InterleaveHigh(a, b) : b, dst + kLanesI16);
}

// At least 32 blocks: some once more at the end, instead of the rest one by one.
template <int kPitch, AddBlocks kAdd, bool kIsEvenOdd>
static inline void SumManyBlocks(const std::uint8_t* const* rows, int row_count, int count,
                                 std::int16_t* dst) {
  int i = 0;
  for (; i + 32 <= count; i += 32) {
    SumBlocks32<kAdd, kIsEvenOdd>(rows, row_count, kPitch * i, dst + i);
  }
  if (i == count) return;
  i = count - 32;
  SumBlocks32<kAdd, kIsEvenOdd>(rows, row_count, kPitch * i, dst + i);
}

//   dst[i] = sum over the rows, and over kSpan columns from kPitch * i on
//
// Reads the columns of `count` blocks exactly, and writes no more than these.
template <int kPitch, int kSpan, AddBlocks kAdd, bool kIsEvenOdd>
static void SumBlocks(const BlockRows& in, int count, std::int16_t* dst) {
  if (count >= 32) {
    // Copies and constant counts stay in registers; what lies in memory, the stores may alias.
    const std::uint8_t* const rows[3] = {in.rows[0], in.rows[1], in.rows[2]};
    if (in.count == 1) return SumManyBlocks<kPitch, kAdd, kIsEvenOdd>(rows, 1, count, dst);
    if (in.count == 2) return SumManyBlocks<kPitch, kAdd, kIsEvenOdd>(rows, 2, count, dst);
    if (in.count == 3) return SumManyBlocks<kPitch, kAdd, kIsEvenOdd>(rows, 3, count, dst);
    return SumManyBlocks<kPitch, kAdd, kIsEvenOdd>(in.rows, in.count, count, dst);
  }
  for (int i = 0; i < count; ++i) {
    int sum = 0;
    for (int k = 0; k < in.count * kSpan; ++k) {
      sum += in.rows[k / kSpan][kPitch * i + k % kSpan];
    }
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
//   levels[i] = ((sums[i] << shift) * factor) >> 16, all unsigned
//   quads[2 i], quads[2 i + 1] = above[i], levels[i]
//
// for i below `count` rounded up to 16.
static void QuadsRow(const std::int16_t* sums, const BlockScale& scale, int count,
                     const QuadRows& out) {
  // Copies: the stores below may alias what the references lead to.
  const I16 factor = SplatI16(static_cast<std::int16_t>(scale.factor));
  const int shift = scale.shift;
  const std::int16_t* above = out.above;
  std::int16_t* levels = out.levels;
  std::int16_t* quads = out.quads;
  for (int i = 0; i < count; i += kLanesI16) {
    const I16 level = MulHighUnsigned(ShiftLeft(LoadI16(sums + i), shift), factor);
    const I16 upper = LoadI16(above + i);
    Store(level, levels + i);
    Store(InterleaveLow(upper, level), quads + 2 * i);
    Store(InterleaveHigh(upper, level), quads + 2 * i + kLanesI16);
  }
}
