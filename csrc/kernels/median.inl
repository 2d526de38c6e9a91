// Medians of pixels over many images. Included once per instruction set, see isa/.

static inline I16 CountBelow16(const std::uint8_t* strip, int count, I16 limit) {
  I16 below = SplatI16(0);
  for (int k = 0; k < count; ++k) {
    below = Sub(below, Less(LoadU8(strip + k * kMedianStrip), limit));
  }
  return below;
}

// Least value above `value`; 256 if there is none.
static inline I16 NextAbove16(const std::uint8_t* strip, int count, I16 value) {
  const I16 none = SplatI16(256);
  I16 next = none;
  for (int k = 0; k < count; ++k) {
    const I16 here = LoadU8(strip + k * kMedianStrip);
    next = Min(next, Select(Less(value, here), here, none));
  }
  return next;
}

// The middle one of `count` values of each pixel, or the two of an even count; equal for an odd
// one.
//
// A strip holds kMedianStrip pixels of each image; so do the outputs. Values are found bit by bit
// from the count of smaller ones: no branch, no order to keep. Requires count 1..32767.
static void MiddleStrip(const std::uint8_t* strip, int count, std::uint8_t* low,
                        std::uint8_t* high) {
  const I16 rank = SplatI16(static_cast<std::int16_t>((count - 1) / 2));
  const bool is_even = count % 2 == 0;
  for (int x = 0; x < kMedianStrip; x += kLanesI16) {
    I16 value = SplatI16(0);
    for (int bit = 7; bit >= 0; --bit) {
      const I16 trial = Add(value, SplatI16(static_cast<std::int16_t>(1 << bit)));
      const I16 below = CountBelow16(strip + x, count, trial);
      value = Select(Less(rank, below), value, trial);
    }
    StoreU8(value, low + x);
    if (!is_even) {
      StoreU8(value, high + x);
      continue;
    }
    const I16 up_to = CountBelow16(strip + x, count, Add(value, SplatI16(1)));
    const I16 next = NextAbove16(strip + x, count, value);
    StoreU8(Select(Less(Add(rank, SplatI16(1)), up_to), value, next), high + x);
  }
}
