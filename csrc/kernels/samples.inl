// Flow and confidence as they were read, as numbers to compute with. Included once per instruction
// set, see isa/.

struct Taken {
  F32 u, v, weight;
};

// weight = share * min(confidence, 1). Samples of less confidence than `floor`, which is >= 0, of
// flow that is not finite or beyond kMaxFlowPx, and of no share get weight 0 and kNoFlowPx.
static inline Taken Take(const RawSamples& raw, int i, F32 floor) {
  const F32 none = Splat(kNoFlowPx);
  const F32 most = Splat(kMaxFlowPx);
  const F32 zero = Splat(0.0F);
  const F32 low = LoadF32(raw.pairs + 2 * i);
  const F32 high = LoadF32(raw.pairs + 2 * i + kLanes);
  const F32 u = Evens(low, high);
  const F32 v = Odds(low, high);
  const F32 confidence = LoadF32(raw.confidence + i);
  const F32 share = LoadF32(raw.share + i);
  // Comparisons with NaN are false.
  const I32 is_flow = And(LessEqual(Abs(u), most), LessEqual(Abs(v), most));
  const I32 is_heard = And(LessEqual(floor, confidence), Less(zero, share));
  const I32 counts = And(is_flow, is_heard);
  const F32 weight = Mul(share, Min(Splat(1.0F), confidence));
  return {Select(counts, u, none), Select(counts, v, none), Select(counts, weight, zero)};
}

static void TakeSamples(const RawSamples& raw, float floor, float* u, float* v, float* weight) {
  const F32 least = Splat(floor);
  for (int i = 0; i < raw.count; i += kLanes) {
    const Taken taken = Take(raw, i, least);
    Store(taken.u, u + i);
    Store(taken.v, v + i);
    Store(taken.weight, weight + i);
  }
}
