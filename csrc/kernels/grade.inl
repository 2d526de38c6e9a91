// How far a flow can be trusted. Included once per instruction set, see isa/.

// The smaller eigenvalue of a window's mean gradient product.
static inline F32 Texture(F32 xx, F32 xy, F32 yy) {
  const F32 half = Splat(0.5F);
  const F32 half_gap = Mul(half, Sub(xx, yy));
  const F32 root = Sqrt(MulAdd(half_gap, half_gap, Mul(xy, xy)));
  return Max(Sub(Mul(half, Add(xx, yy)), root), Splat(0.0F));
}

static inline F32 IsWithin(F32 value, float high) {
  const I32 is_set = And(LessEqual(Splat(0.0F), value), LessEqual(value, Splat(high)));
  return Select(is_set, Splat(1.0F), Splat(0.0F));
}

// confidence = t / (t + r + kHalfTexture), t the texture, r the mean squared difference of the
// images that the linear model of the last step predicts for the flow after it was smoothed:
//
//   r = tt + 2 (sx xt + sy yt) + sx^2 xx + 2 sx sy xy + sy^2 yy,  s = after - before
//
// 0 where the middle of the cell moves out of the image. Whole vectors of 8 cells.
static void GradeRow(const GradeInput& in, int count, float* confidence) {
  const auto area = static_cast<float>(4 * in.window * in.window * kImageOne * kImageOne);
  const F32 per_gradient = Splat(1.0F / (16.0F * area));
  const F32 per_mixed = Splat(0.5F / area);  // both of the two terms
  const F32 per_difference = Splat(1.0F / area);
  F32 x_px = LoadF32(kCellMiddles);
  for (int x = 0; x < count; x += kLanes) {
    const float* sums = in.sums + x;
    const F32 xx = Mul(LoadF32(sums + kXx * in.stride), per_gradient);
    const F32 xy = Mul(LoadF32(sums + kXy * in.stride), per_gradient);
    const F32 yy = Mul(LoadF32(sums + kYy * in.stride), per_gradient);
    const F32 xt = Mul(LoadF32(sums + kXt * in.stride), per_mixed);
    const F32 yt = Mul(LoadF32(sums + kYt * in.stride), per_mixed);
    const F32 tt = Mul(LoadF32(sums + kTt * in.stride), per_difference);
    const F32 low = LoadF32(in.after + 2 * x);
    const F32 high = LoadF32(in.after + 2 * x + kLanes);
    const F32 step_low = Sub(low, LoadF32(in.before + 2 * x));
    const F32 step_high = Sub(high, LoadF32(in.before + 2 * x + kLanes));
    const F32 sx = Evens(step_low, step_high);
    const F32 sy = Odds(step_low, step_high);
    const F32 along_x = MulAdd(sx, xx, MulAdd(Add(sy, sy), xy, xt));
    const F32 along_y = MulAdd(sy, yy, yt);
    const F32 rest = Max(MulAdd(sx, along_x, MulAdd(sy, along_y, tt)), Splat(0.0F));
    const F32 texture = Texture(xx, xy, yy);
    const F32 trust = Div(texture, Add(texture, Add(rest, Splat(kHalfTexture))));
    const F32 to_x = Add(Evens(low, high), x_px);
    const F32 to_y = Add(Odds(low, high), Splat(in.y));
    Store(Mul(trust, Mul(IsWithin(to_x, in.right), IsWithin(to_y, in.bottom))), confidence + x);
    x_px = Add(x_px, Splat(2.0F * kLanes));
  }
}
