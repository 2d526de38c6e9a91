#include "kernel_rows.h"

namespace mien::test {
namespace {

struct Quads {
  std::vector<std::int16_t> levels;
  std::vector<std::int32_t> offset;
  std::vector<std::int16_t> weights;
};

// Bilinear weights of random places, the corners included.
Quads RandomQuads(int count, std::uint32_t seed) {
  Quads quads{RandomNumbers<std::int16_t>(500, seed, 0, 255 * 128), {}, {}};
  Random random(seed + 1);
  for (int i = 0; i < count; ++i) {
    const int fx = random.Below(129);
    const int fy = random.Below(129);
    quads.offset.push_back(random.Below(497));
    for (int w : {(128 - fx) * (128 - fy), (128 - fx) * fy, fx * (128 - fy), fx * fy}) {
      quads.weights.push_back(static_cast<std::int16_t>(w));
    }
  }
  return quads;
}

TEST(EveryTableBlendsQuadsByTheFormula) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const Quads quads = RandomQuads(count, static_cast<std::uint32_t>(count));
    Row<std::uint8_t> wanted(count, offset);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      int sum = 1 << 20;
      for (std::size_t k = 0; k < 4; ++k) {
        sum += quads.levels[static_cast<std::size_t>(quads.offset[at]) + k] *
               quads.weights[4 * at + k];
      }
      wanted.data()[i] = static_cast<std::uint8_t>(sum >> 21);
    }
    Row<std::uint8_t> got(count, offset);
    table.preprocess.blend_quads_row(quads.levels.data(), quads.offset.data(), quads.weights.data(),
                                     count, got.data());
    ExpectSame(got, wanted);
  });
}

}  // namespace
}  // namespace mien::test
