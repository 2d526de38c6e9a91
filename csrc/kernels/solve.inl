// The Lucas-Kanade step of a row of cells. Included once per instruction set, see isa/.

// `window` becomes a constant of each copy.
#if defined(__GNUC__)
#define MIEN_INLINE inline __attribute__((always_inline))
#else
#define MIEN_INLINE inline
#endif

static MIEN_INLINE F32 WindowSum(const std::int32_t* total, int window) {
  I32 sum = LoadI32(total - window / 2);
  for (int k = 1; k < window; ++k) sum = Add(sum, LoadI32(total - window / 2 + k));
  return ToF32(sum);
}

struct Sums {
  F32 xx, xy, yy, xt, yt;
};

static MIEN_INLINE void AddStep(const Sums& s, int window, float ridge, float* flow) {
  const F32 a = Add(s.xx, Splat(ridge));
  const F32 c = Add(s.yy, Splat(ridge));
  // Gradients are in 1 / (4 kImageOne), differences in 1 / kImageOne: hence the 4.
  const F32 inverse = Div(Splat(4.0F), Sub(Mul(a, c), Mul(s.xy, s.xy)));
  const F32 step_x = Mul(Sub(Mul(s.xy, s.yt), Mul(c, s.xt)), inverse);
  const F32 step_y = Mul(Sub(Mul(s.xy, s.xt), Mul(a, s.yt)), inverse);
  // A step of more than the window's radius is not to be believed.
  const F32 high = Splat(static_cast<float>(window));
  const F32 low = Splat(-static_cast<float>(window));
  const F32 dx = Min(Max(step_x, low), high);
  const F32 dy = Min(Max(step_y, low), high);
  Store(Add(LoadF32(flow), InterleaveLow(dx, dy)), flow);
  Store(Add(LoadF32(flow + kLanes), InterleaveHigh(dx, dy)), flow + kLanes);
}

static MIEN_INLINE void SolveCells(const std::int32_t* total, int stride, int count, int window,
                                   float ridge, float* flow, float* keep) {
  for (int x = 0; x < count; x += kLanes) {
    const std::int32_t* at = total + x;
    const Sums sums = {WindowSum(at + kXx * stride, window), WindowSum(at + kXy * stride, window),
                       WindowSum(at + kYy * stride, window), WindowSum(at + kXt * stride, window),
                       WindowSum(at + kYt * stride, window)};
    AddStep(sums, window, ridge, flow + 2 * x);
    if (keep == nullptr) continue;
    Store(sums.xx, keep + kXx * stride + x);
    Store(sums.xy, keep + kXy * stride + x);
    Store(sums.yy, keep + kYy * stride + x);
    Store(sums.xt, keep + kXt * stride + x);
    Store(sums.yt, keep + kYt * stride + x);
    Store(WindowSum(at + kTt * stride, window), keep + kTt * stride + x);
  }
}

// Adds to the pairs of `flow` the step that least squares over a window finds.
//
// `total` are kProducts rows, `stride` apart, of products summed over the window's rows; they are
// summed along here and need window / 2 cells more on either side. `ridge` is added to both
// diagonal terms: a window without texture keeps the flow it has. The sums go to `keep` if that is
// given, laid out as `total`. Requires window 3, 5, 7 or kMaxWindowCells; whole vectors of 8 cells.
static void SolveRow(const std::int32_t* total, int stride, int count, int window, float ridge,
                     float* flow, float* keep) {
  switch (window) {
    case 3:
      return SolveCells(total, stride, count, 3, ridge, flow, keep);
    case 5:
      return SolveCells(total, stride, count, 5, ridge, flow, keep);
    case 7:
      return SolveCells(total, stride, count, 7, ridge, flow, keep);
    default:
      return SolveCells(total, stride, count, kMaxWindowCells, ridge, flow, keep);
  }
}

#undef MIEN_INLINE
