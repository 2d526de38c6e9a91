// Gray levels of a row of another pixel format. Included once per instruction set, see isa/.

// Every second byte: the Y of YUYV.
static void GrayOfYuyvRow(const std::uint8_t* src, int count, std::uint8_t* dst) {
  int x = 0;
  for (; x + kLanesI16 <= count; x += kLanesI16) StoreU8(LoadEvenU8(src + 2 * x), dst + x);
  for (; x < count; ++x) dst[x] = src[2 * x];
}

// OpenCV's weights of blue, green and red, of 2^15, and the half that rounds.
static const std::int16_t kGrayWeights[4] = {3735, 19235, 9798, 1 << 14};

//   dst[x] = (3735 blue + 19235 green + 9798 red + 2^14) >> 15
static void GrayOfBgrRow(const std::uint8_t* src, int count, std::uint8_t* dst) {
  std::int16_t pattern[kLanesI16];
  for (int i = 0; i < kLanesI16; ++i) pattern[i] = kGrayWeights[i % 4];
  const I16 weights = LoadI16(pattern);
  int x = 0;
  for (; x + kLanes <= count; x += kLanes) {
    I16 first, second;
    LoadTriplesU8(src + 3 * x, &first, &second);
    const I32 sum = AddNeighbours(MulAddPairs(first, weights), MulAddPairs(second, weights));
    StoreU8(ShiftRight(sum, 15), dst + x);
  }
  for (; x < count; ++x) {
    const std::uint8_t* bgr = src + 3 * x;
    const std::int16_t* w = kGrayWeights;
    const int sum = w[0] * bgr[0] + w[1] * bgr[1] + w[2] * bgr[2] + w[3];
    dst[x] = static_cast<std::uint8_t>(sum >> 15);
  }
}
