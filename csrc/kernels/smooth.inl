// Box mean of a flow on cells. Included once per instruction set, see isa/.

// dst[i] = the sum of `window` pairs around pair i; needs window / 2 pairs more on either side.
// `count` is of numbers; whole vectors of 8.
static void SmoothAlongRow(const float* src, int count, int window, float* dst) {
  const int reach = window / 2 * 2;
  for (int x = 0; x < count; x += kLanes) {
    F32 sum = LoadF32(src + x - reach);
    for (int k = 2 - reach; k <= reach; k += 2) sum = Add(sum, LoadF32(src + x + k));
    Store(sum, dst + x);
  }
}

static void AddFloatRow(const float* row, int count, float* total) {
  for (int x = 0; x < count; x += kLanes)
    Store(Add(LoadF32(total + x), LoadF32(row + x)), total + x);
}

// dst = (total + enter) * share, and `total` goes on to the next row: enter comes in, leave goes.
static void SmoothDownRow(const float* enter, const float* leave, int count, float share,
                          float* total, float* dst) {
  for (int x = 0; x < count; x += kLanes) {
    const F32 sum = Add(LoadF32(total + x), LoadF32(enter + x));
    Store(Mul(sum, Splat(share)), dst + x);
    Store(Sub(sum, LoadF32(leave + x)), total + x);
  }
}

// Pixels to units of 1 / kFlowOne, limited to +-kFlowMaxPx. Whole vectors of 16 numbers.
static void QuantiseFlowRow(const float* flow, int count, std::int16_t* dst) {
  const F32 one = Splat(static_cast<float>(kFlowOne));
  const F32 high = Splat(kFlowMaxPx);
  const F32 low = Splat(-kFlowMaxPx);
  for (int x = 0; x < count; x += kLanesI16) {
    const F32 first = Min(Max(LoadF32(flow + x), low), high);
    const F32 second = Min(Max(LoadF32(flow + x + kLanes), low), high);
    Store(NarrowToI16(RoundToI32(Mul(first, one)), RoundToI32(Mul(second, one))), dst + x);
  }
}
