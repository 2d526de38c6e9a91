// From cells to pixels: bilinear, pixel centres kept in place, so that fine pixel x lies at coarse
// place (x - 0.5) / 2. Included once per instruction set, see isa/.
//
// Along a row the far neighbour of a fine pixel is the coarse one to the left of it for even
// pixels, to the right for odd ones; across rows the caller names `near` and `far`. The border is
// repeated. `scratch` has room for `count` numbers rounded up to 16 and two more on either side.

// near + (far - near) / 4, half upwards.
static inline I16 QuarterWay(I16 near, I16 far) {
  return Add(near, ShiftRight(Add(Sub(far, near), SplatI16(2)), 2));
}

static inline void QuarterWayRow(const std::int16_t* near, const std::int16_t* far, int count,
                                 std::int16_t* dst) {
  for (int x = 0; x < count; x += kLanesI16) {
    Store(QuarterWay(LoadI16(near + x), LoadI16(far + x)), dst + x);
  }
}

// One more number on either side of a row.
static inline void RepeatEnds(std::int16_t* row, int count) {
  row[-1] = row[0];
  row[count] = row[count - 1];
}

// Two numbers a cell, x and y of its flow; `count` is of numbers.
static void EnlargePairsRow(const std::int16_t* near, const std::int16_t* far, int count,
                            std::int16_t* scratch, std::int16_t* dst) {
  QuarterWayRow(near, far, count, scratch);
  for (int k = 0; k < 2; ++k) {
    scratch[k - 2] = scratch[k];
    scratch[count + k] = scratch[count + k - 2];
  }
  for (int x = 0; x < count; x += kLanesI16) {
    const I16 here = LoadI16(scratch + x);
    const I16 even = QuarterWay(here, LoadI16(scratch + x - 2));
    const I16 odd = QuarterWay(here, LoadI16(scratch + x + 2));
    Store(InterleavePairsLow(even, odd), dst + 2 * x);
    Store(InterleavePairsHigh(even, odd), dst + 2 * x + kLanesI16);
  }
}

static inline void BlendRow(const float* near, const float* far, int count, float gain,
                            float* dst) {
  const F32 near_share = Splat(0.75F * gain);
  const F32 far_share = Splat(0.25F * gain);
  for (int x = 0; x < count; x += kLanes) {
    const F32 value = Mul(LoadF32(near + x), near_share);
    Store(MulAdd(LoadF32(far + x), far_share, value), dst + x);
  }
}

// One float a cell. Writes 2 * count rounded up to 16.
static void EnlargeFloatRow(const float* near, const float* far, int count, float* scratch,
                            float* dst) {
  BlendRow(near, far, count, 1.0F, scratch);
  scratch[-1] = scratch[0];
  scratch[count] = scratch[count - 1];
  const F32 far_share = Splat(0.25F);
  for (int x = 0; x < count; x += kLanes) {
    const F32 here = Mul(LoadF32(scratch + x), Splat(0.75F));
    const F32 even = MulAdd(LoadF32(scratch + x - 1), far_share, here);
    const F32 odd = MulAdd(LoadF32(scratch + x + 1), far_share, here);
    Store(InterleaveLow(even, odd), dst + 2 * x);
    Store(InterleaveHigh(even, odd), dst + 2 * x + kLanes);
  }
}

// Two floats a cell, times `gain`; `count` is of numbers.
static void EnlargeFlowRow(const float* near, const float* far, int count, float gain,
                           float* scratch, float* dst) {
  BlendRow(near, far, count, gain, scratch);
  for (int k = 0; k < 2; ++k) {
    scratch[k - 2] = scratch[k];
    scratch[count + k] = scratch[count + k - 2];
  }
  const F32 far_share = Splat(0.25F);
  for (int x = 0; x < count; x += kLanes) {
    const F32 here = Mul(LoadF32(scratch + x), Splat(0.75F));
    const F32 even = MulAdd(LoadF32(scratch + x - 2), far_share, here);
    const F32 odd = MulAdd(LoadF32(scratch + x + 2), far_share, here);
    Store(InterleavePairsLow(even, odd), dst + 2 * x);
    Store(InterleavePairsHigh(even, odd), dst + 2 * x + kLanes);
  }
}
