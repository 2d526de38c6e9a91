// Mean and deviation of gray over a box, at every fourth pixel. Included once per instruction set,
// see isa/.

// What a row pair adds to the sums of 16 columns.
static inline I16 PairSum(const std::uint8_t* const* rows, int x) {
  return Add(LoadU8(rows[0] + x), LoadU8(rows[1] + x));
}
static inline I32 PairSquareLow(const std::uint8_t* const* rows, int x) {
  const I16 pair = InterleaveLow(LoadU8(rows[0] + x), LoadU8(rows[1] + x));
  return MulAddPairs(pair, pair);
}
static inline I32 PairSquareHigh(const std::uint8_t* const* rows, int x) {
  const I16 pair = InterleaveHigh(LoadU8(rows[0] + x), LoadU8(rows[1] + x));
  return MulAddPairs(pair, pair);
}

// Adds four rows to the sums of gray and of gray squared of each column, and takes four away.
// Writes `count` numbers exactly.
static void SlideColumns(const SlidingRows& rows, int count, std::int16_t* sum,
                         std::int32_t* square) {
  // Copies: the stores below may alias what a reference leads to.
  const std::uint8_t* const in[4] = {rows.entering[0], rows.entering[1], rows.entering[2],
                                     rows.entering[3]};
  const std::uint8_t* const out[4] = {rows.leaving[0], rows.leaving[1], rows.leaving[2],
                                      rows.leaving[3]};
  int x = 0;
  for (; x + kLanesI16 <= count; x += kLanesI16) {
    const I16 more = Add(PairSum(in, x), PairSum(in + 2, x));
    const I16 less = Add(PairSum(out, x), PairSum(out + 2, x));
    Store(Add(LoadI16(sum + x), Sub(more, less)), sum + x);
    const I32 more_low = Add(PairSquareLow(in, x), PairSquareLow(in + 2, x));
    const I32 less_low = Add(PairSquareLow(out, x), PairSquareLow(out + 2, x));
    Store(Add(LoadI32(square + x), Sub(more_low, less_low)), square + x);
    const I32 more_high = Add(PairSquareHigh(in, x), PairSquareHigh(in + 2, x));
    const I32 less_high = Add(PairSquareHigh(out, x), PairSquareHigh(out + 2, x));
    std::int32_t* high = square + x + kLanes;
    Store(Add(LoadI32(high), Sub(more_high, less_high)), high);
  }
  for (; x < count; ++x) {
    for (int k = 0; k < 4; ++k) {
      sum[x] = static_cast<std::int16_t>(sum[x] + in[k][x] - out[k][x]);
      square[x] += in[k][x] * in[k][x] - out[k][x] * out[k][x];
    }
  }
}

// Repeats the first and last column outwards, in whole vectors: half a window and 16 columns more.
static void PadColumns(const BoxGrid& grid, std::int16_t* sum, std::int32_t* square) {
  const I16 first_sum = SplatI16(sum[0]);
  const I32 first_square = SplatI32(square[0]);
  const I16 last_sum = SplatI16(sum[grid.width - 1]);
  const I32 last_square = SplatI32(square[grid.width - 1]);
  std::int16_t* sum_end = sum + grid.width;
  std::int32_t* square_end = square + grid.width;
  for (int k = 0; k < grid.window / 2 + 16; k += kLanesI16) {
    Store(first_sum, sum - k - kLanesI16);
    Store(last_sum, sum_end + k);
    Store(first_square, square - k - kLanes);
    Store(first_square, square - k - kLanesI16);
    Store(last_square, square_end + k);
    Store(last_square, square_end + k + kLanes);
  }
}

// Sums of four columns each.
static void CellSums(const std::int16_t* sum, const std::int32_t* square, int count,
                     const CellRow& cells) {
  const I16 one = SplatI16(1);
  for (int i = 0; i < count; i += kLanes, sum += 4 * kLanes, square += 4 * kLanes) {
    const I32 pairs = MulAddPairs(LoadI16(sum), one);
    const I32 more_pairs = MulAddPairs(LoadI16(sum + kLanesI16), one);
    Store(AddNeighbours(pairs, more_pairs), cells.sum + i);
    const I32 low = AddNeighbours(LoadI32(square), LoadI32(square + kLanes));
    const I32 high = AddNeighbours(LoadI32(square + 2 * kLanes), LoadI32(square + 3 * kLanes));
    Store(AddNeighbours(low, high), cells.square + i);
  }
}

// Sums over the boxes around columns 0, 4, 8, .. in place of the cells. A box is a whole number of
// cells and its last column, or without it.
static void BoxSums(const BoxGrid& grid, const std::int16_t* sum, const std::int32_t* square,
                    const CellRow& cells) {
  const int length = (grid.window + 1) / 4;
  const bool is_one_more = grid.window % 4 == 1;
  const int sign = is_one_more ? 1 : -1;
  const int odd = 4 * length - (is_one_more ? 0 : 1);
  std::int32_t total_sum = 0;
  std::int32_t total_square = 0;
  for (int i = 0; i < length; ++i) {
    total_sum += cells.sum[i];
    total_square += cells.square[i];
  }
  std::int32_t* cell_sum = cells.sum;
  std::int32_t* cell_square = cells.square;
  const int count = grid.count;
  for (int i = 0; i < count; ++i) {
    const std::int32_t sum_step = cell_sum[i + length] - cell_sum[i];
    const std::int32_t square_step = cell_square[i + length] - cell_square[i];
    cell_sum[i] = total_sum + sign * sum[4 * i + odd];
    cell_square[i] = total_square + sign * square[4 * i + odd];
    total_sum += sum_step;
    total_square += square_step;
  }
}

// Mean and gain of 8 boxes from their sums. A whole number near the mean is taken off before
// squares are compared, in integers: nothing cancels in the floats after it.
static inline void BoxStats8(const BoxGrid& grid, I32 sum, I32 square, I32* mean, I32* gain) {
  const I32 area = SplatI32(grid.window * grid.window);
  const F32 share = Splat(1.0F / static_cast<float>(grid.window * grid.window));
  const I32 level = RoundToI32(Mul(ToF32(sum), share));
  const I32 rest = Sub(sum, Mul(level, area));
  const I32 power = Sub(square, Mul(level, Add(sum, rest)));
  const F32 fraction = Mul(ToF32(rest), share);
  const F32 variance = Sub(Mul(ToF32(power), share), Mul(fraction, fraction));
  const F32 spread = Add(Sqrt(Max(variance, Splat(0.0F))), Splat(grid.floor));
  *mean = Add(ShiftLeft(level, 7), RoundToI32(Mul(fraction, Splat(128.0F))));
  *gain = RoundToI32(Min(Div(Splat(grid.unit), spread), Splat(32767.0F)));
}

// Mean and gain over the boxes around columns 0, 4, 8, .. from the sums of columns, which have room
// for half a window and 72 columns beyond either end. `cells` has room for a quarter of that length
// each. Writes `grid.count` rounded up to 16 numbers.
static void BoxGridRow(const BoxGrid& grid, std::int16_t* sum, std::int32_t* square,
                       const CellRow& cells, const BoxStatsRow& out) {
  const int radius = grid.window / 2;
  PadColumns(grid, sum, square);
  CellSums(sum - radius, square - radius, grid.count + (grid.window + 1) / 4, cells);
  BoxSums(grid, sum - radius, square - radius, cells);
  for (int i = 0; i < grid.count; i += kLanesI16) {
    I32 mean_low, gain_low;
    BoxStats8(grid, LoadI32(cells.sum + i), LoadI32(cells.square + i), &mean_low, &gain_low);
    I32 mean_high = mean_low;
    I32 gain_high = gain_low;
    const int j = i + kLanes;
    if (j < grid.count) {
      BoxStats8(grid, LoadI32(cells.sum + j), LoadI32(cells.square + j), &mean_high, &gain_high);
    }
    Store(NarrowToI16(mean_low, mean_high), out.mean + i);
    Store(NarrowToI16(gain_low, gain_high), out.gain + i);
  }
}
