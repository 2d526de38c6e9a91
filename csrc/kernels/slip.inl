// The passes of the slip fit over its samples. Included once per instruction set, see isa/.

// Least and largest of the flow that counts; kNoFlowPx and its negative if there is none.
static void FindRange(const float* flow, int count, float* low, float* high) {
  const F32 none = Splat(kNoFlowPx);
  F32 least = none;
  F32 most = Splat(-kNoFlowPx);
  for (int i = 0; i < count; i += kLanes) {
    const F32 value = LoadF32(flow + i);
    least = Min(value, least);
    most = Max(Select(Less(value, none), value, most), most);
  }
  float lanes[2 * kLanes];
  Store(least, lanes);
  Store(most, lanes + kLanes);
  *low = lanes[0];
  *high = lanes[kLanes];
  for (int i = 1; i < kLanes; ++i) {
    *low = lanes[i] < *low ? lanes[i] : *low;
    *high = lanes[kLanes + i] > *high ? lanes[kLanes + i] : *high;
  }
}

static std::int32_t CountBelow(const float* values, int count, float limit) {
  const F32 bound = Splat(limit);
  I32 even = SplatI32(0);
  I32 odd = SplatI32(0);
  int i = 0;
  for (; i + kLanes < count; i += 2 * kLanes) {
    even = Sub(even, Less(LoadF32(values + i), bound));
    odd = Sub(odd, Less(LoadF32(values + i + kLanes), bound));
  }
  if (i < count) even = Sub(even, Less(LoadF32(values + i), bound));
  return ReduceAdd(Add(even, odd));
}

// Squared length of what the slip leaves of the flow.
static void Deviate(const SampleRows& samples, const SlipModel& slip, float* error_sq) {
  const F32 a = Splat(slip.a);
  const F32 b = Splat(slip.b);
  const F32 tx = Splat(slip.tx);
  const F32 ty = Splat(slip.ty);
  for (int i = 0; i < samples.count; i += kLanes) {
    const F32 x = LoadF32(samples.x + i);
    const F32 y = LoadF32(samples.y + i);
    const F32 slip_u = MulAdd(a, x, Sub(tx, Mul(b, y)));
    const F32 slip_v = MulAdd(a, y, MulAdd(b, x, ty));
    const F32 rest_u = Sub(LoadF32(samples.u + i), slip_u);
    const F32 rest_v = Sub(LoadF32(samples.v + i), slip_v);
    Store(MulAdd(rest_u, rest_u, Mul(rest_v, rest_v)), error_sq + i);
  }
}

// Sums with Geman-McClure weights: the samples' own over (1 + error_sq / scale_sq)^2.
static void Weigh(const SampleRows& samples, const float* error_sq, float per_scale_sq,
                  SlipSums* sums) {
  const F32 one = Splat(1.0F);
  const F32 gain = Splat(per_scale_sq);
  const F32 zero = Splat(0.0F);
  F32 sum_1 = zero, sum_x = zero, sum_y = zero, sum_u = zero, sum_v = zero;
  F32 along = zero, across = zero, spread = zero;
  for (int i = 0; i < samples.count; i += kLanes) {
    const F32 follow = Div(one, MulAdd(LoadF32(error_sq + i), gain, one));
    const F32 w = Mul(LoadF32(samples.weight + i), Mul(follow, follow));
    const F32 x = LoadF32(samples.x + i);
    const F32 y = LoadF32(samples.y + i);
    const F32 u = LoadF32(samples.u + i);
    const F32 v = LoadF32(samples.v + i);
    const F32 wx = Mul(w, x);
    const F32 wy = Mul(w, y);
    sum_1 = Add(sum_1, w);
    sum_x = Add(sum_x, wx);
    sum_y = Add(sum_y, wy);
    sum_u = MulAdd(w, u, sum_u);
    sum_v = MulAdd(w, v, sum_v);
    along = MulAdd(wx, u, MulAdd(wy, v, along));
    across = Sub(MulAdd(wx, v, across), Mul(wy, u));
    spread = MulAdd(wx, x, MulAdd(wy, y, spread));
  }
  *sums = {ReduceAdd(sum_1), ReduceAdd(sum_x), ReduceAdd(sum_y),  ReduceAdd(sum_u),
           ReduceAdd(sum_v), ReduceAdd(along), ReduceAdd(across), ReduceAdd(spread)};
}

// Inliers are the samples whose squared error is at most `limit`.
static void Judge(const float* weight, const float* error_sq, int count, float limit,
                  InlierSums* sums) {
  const F32 bound = Splat(limit);
  const F32 zero = Splat(0.0F);
  F32 all = zero, inliers = zero, sum_error = zero;
  for (int i = 0; i < count; i += kLanes) {
    const F32 error = LoadF32(error_sq + i);
    const F32 w = LoadF32(weight + i);
    const F32 inside = Select(LessEqual(error, bound), w, zero);
    all = Add(all, w);
    inliers = Add(inliers, inside);
    sum_error = MulAdd(inside, error, sum_error);
  }
  *sums = {ReduceAdd(all), ReduceAdd(inliers), ReduceAdd(sum_error)};
}
