// Moments of a region's flow. Included once per instruction set, see isa/.

// Of all samples that have a weight, see samples.inl.
static void AddMoments(const RawSamples& raw, Moments* moments) {
  const F32 zero = Splat(0.0F);
  F32 sum_1 = zero, sum_x = zero, sum_y = zero, sum_u = zero, sum_v = zero;
  F32 xx = zero, xy = zero, yy = zero, xu = zero, yu = zero, xv = zero, yv = zero;
  for (int i = 0; i < raw.count; i += kLanes) {
    const Taken taken = Take(raw, i, zero);
    const F32 w = taken.weight;
    const F32 u = taken.u;
    const F32 v = taken.v;
    const F32 x = LoadF32(raw.x + i);
    const F32 y = LoadF32(raw.y + i);
    const F32 wx = Mul(w, x);
    const F32 wy = Mul(w, y);
    sum_1 = Add(sum_1, w);
    sum_x = Add(sum_x, wx);
    sum_y = Add(sum_y, wy);
    sum_u = MulAdd(w, u, sum_u);
    sum_v = MulAdd(w, v, sum_v);
    xx = MulAdd(wx, x, xx);
    xy = MulAdd(wx, y, xy);
    yy = MulAdd(wy, y, yy);
    xu = MulAdd(wx, u, xu);
    yu = MulAdd(wy, u, yu);
    xv = MulAdd(wx, v, xv);
    yv = MulAdd(wy, v, yv);
  }
  *moments = {ReduceAdd(sum_1), ReduceAdd(sum_x), ReduceAdd(sum_y), ReduceAdd(sum_u),
              ReduceAdd(sum_v), ReduceAdd(xx),    ReduceAdd(xy),    ReduceAdd(yy),
              ReduceAdd(xu),    ReduceAdd(yu),    ReduceAdd(xv),    ReduceAdd(yv)};
}
