// Calls every operation of the vocabulary on the same numbers and keeps all results. Included once
// per instruction set, inside its namespace and after its vocabulary.

// Writes one result after the other, 16 numbers of 32 bits apart.
struct Notes {
  std::int32_t* next;

  void Add(I32 a) {
    Store(a, next);
    next += 16;
  }
  void Add(F32 a) {
    Store(a, reinterpret_cast<float*>(next));
    next += 16;
  }
  void Add(I16 a) {
    Store(a, reinterpret_cast<std::int16_t*>(next));
    next += 16;
  }
  void Add(float a) {
    *reinterpret_cast<float*>(next) = a;
    next += 16;
  }
  void Add(std::int32_t a) {
    *next = a;
    next += 16;
  }
};

static void NoteF32(const Operands& in, Notes* notes) {
  const F32 a = LoadF32(in.f32_a);
  const F32 b = LoadF32(in.f32_b);
  notes->Add(Add(a, b));
  notes->Add(Sub(a, b));
  notes->Add(Mul(a, b));
  notes->Add(MulAdd(a, b, Splat(in.f32_a[3])));
  notes->Add(Div(a, Splat(3.7F)));
  notes->Add(Sqrt(Abs(a)));
  notes->Add(Min(a, b));
  notes->Add(Max(a, b));
  notes->Add(Less(a, b));
  notes->Add(LessEqual(a, b));
  notes->Add(Select(Less(a, b), a, Splat(-0.0F)));
  const F32 none = Splat(__builtin_nanf(""));
  notes->Add(Less(none, a));
  notes->Add(Less(a, none));
  notes->Add(LessEqual(Abs(none), none));
  notes->Add(Select(LessEqual(none, a), none, b));
  notes->Add(RoundToI32(a));
  notes->Add(InterleaveLow(a, b));
  notes->Add(InterleaveHigh(a, b));
  notes->Add(InterleavePairsLow(a, b));
  notes->Add(InterleavePairsHigh(a, b));
  notes->Add(Evens(a, b));
  notes->Add(Odds(a, b));
  notes->Add(ReduceAdd(a));
}

static void NoteI32(const Operands& in, Notes* notes) {
  const I32 a = LoadI32(in.i32_a);
  const I32 b = LoadI32(in.i32_b);
  notes->Add(Add(a, b));
  notes->Add(Sub(a, b));
  notes->Add(Mul(a, b));
  notes->Add(Min(a, b));
  notes->Add(Max(a, b));
  notes->Add(Abs(a));
  notes->Add(And(a, b));
  notes->Add(Less(a, b));
  notes->Add(Equal(a, b));
  notes->Add(Select(Less(a, b), a, SplatI32(77)));
  notes->Add(ToF32(a));
  notes->Add(ReduceAdd(a));
  notes->Add(AddNeighbours(a, b));
  notes->Add(ShiftLeft(a, in.shift));
  notes->Add(ShiftRight(a, in.shift));
}

static void NoteI16(const Operands& in, Notes* notes) {
  const I16 a = LoadI16(in.i16_a);
  const I16 b = LoadI16(in.i16_b);
  notes->Add(Add(a, b));
  notes->Add(Sub(a, b));
  notes->Add(AddSaturate(a, b));
  notes->Add(Min(a, b));
  notes->Add(Max(a, b));
  notes->Add(Abs(a));
  notes->Add(And(a, b));
  notes->Add(Less(a, b));
  notes->Add(Equal(a, b));
  notes->Add(Select(Equal(a, b), a, SplatI16(-7)));
  notes->Add(Mul(a, b));
  notes->Add(MulHighUnsigned(a, b));
  notes->Add(MulRound(a, Max(b, SplatI16(-32767))));
  notes->Add(MulAddPairs(a, b));
  notes->Add(InterleaveLow(a, b));
  notes->Add(InterleaveHigh(a, b));
  notes->Add(InterleavePairsLow(a, b));
  notes->Add(InterleavePairsHigh(a, b));
  notes->Add(SplatPairs(in.i16_a[0], in.i16_b[0]));
  notes->Add(AsI32(a));
  notes->Add(AsI16(LoadI32(in.i32_a)));
  notes->Add(AddNeighbours(a, b));
  notes->Add(ShiftLeft(a, in.shift % 16));
  notes->Add(ShiftRight(a, in.shift % 16));
}

static void NoteLoads(const Operands& in, Notes* notes) {
  I16 first, second;
  LoadTriplesU8(in.bytes + 3, &first, &second);
  notes->Add(first);
  notes->Add(second);
  notes->Add(LoadEvenU8(in.bytes + 1));
  notes->Add(LoadOddU8(in.bytes));
  notes->Add(LoadPairSumsU8(in.bytes + 2));
  notes->Add(LoadRepeated4(in.words + 3));
}

static void NoteMemory(const Operands& in, Notes* notes) {
  const I32 wide_a = LoadI32(in.i32_a);
  const I32 wide_b = LoadI32(in.i32_b);
  notes->Add(LoadU8(in.bytes + 1));
  notes->Add(NarrowToI16(ShiftRight(wide_a, in.shift), ShiftRight(wide_b, in.shift)));
  notes->Add(LoadQuads(in.words, in.index));
  notes->Add(BlendQuadHalves(in.words, in.index, ShiftRight(LoadI16(in.i16_a), 2)));
  auto* bytes = reinterpret_cast<std::uint8_t*>(notes->next);
  StoreU8(ShiftRight(wide_a, in.shift), bytes);
  StoreI8(ShiftRight(wide_b, in.shift), reinterpret_cast<std::int8_t*>(bytes + 8));
  StoreU8(ShiftRight(LoadI16(in.i16_a), in.shift % 16), bytes + 16);
  StoreI8(ShiftRight(LoadI16(in.i16_b), in.shift % 16), reinterpret_cast<std::int8_t*>(bytes + 32));
  notes->next += 16;
}

void NoteAll(const Operands& in, std::int32_t* results) {
  Notes notes{results};
  NoteF32(in, &notes);
  NoteI32(in, &notes);
  NoteI16(in, &notes);
  NoteLoads(in, &notes);
  NoteMemory(in, &notes);
}
