// Overlap of strided images against marking every byte.

#include "core/overlap.h"

#include <array>

#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

constexpr int kBytes = 120;

using Marks = std::array<bool, kBytes>;

// Marks the view's bytes; false if it leaves the buffer.
template <typename T>
bool Mark(const T* buffer, const ImageView<const T>& view, Marks* marks) {
  for (int y = 0; y < view.height; ++y) {
    const std::ptrdiff_t first = (view.data - buffer) + y * view.stride;
    for (std::ptrdiff_t x = first; x < first + view.width; ++x) {
      for (std::ptrdiff_t byte = 0; byte < static_cast<std::ptrdiff_t>(sizeof(T)); ++byte) {
        const std::ptrdiff_t at = x * static_cast<std::ptrdiff_t>(sizeof(T)) + byte;
        if (at < 0 || at >= kBytes) return false;
        (*marks)[static_cast<std::size_t>(at)] = true;
      }
    }
  }
  return true;
}

template <typename T>
ImageView<const T> RandomView(const T* buffer, Random* random) {
  constexpr int kItems = kBytes / static_cast<int>(sizeof(T));
  ImageView<const T> view;
  view.data = buffer + random->Below(kItems);
  view.width = 1 + random->Below(6);
  view.height = 1 + random->Below(6);
  view.stride = (view.width + random->Below(12)) * (random->Below(2) == 0 ? 1 : -1);
  return view;
}

TEST(OverlapIsFoundByteForByte) {
  alignas(float) static const std::uint8_t kBuffer[kBytes] = {};
  const auto* floats = reinterpret_cast<const float*>(kBuffer);
  Random random(1);
  int apart = 0;
  int shared = 0;
  while (apart + shared < 20000) {
    const auto gray = RandomView(static_cast<const std::uint8_t*>(kBuffer), &random);
    const auto real = RandomView(floats, &random);
    Marks gray_marks{};
    Marks real_marks{};
    if (!Mark(static_cast<const std::uint8_t*>(kBuffer), gray, &gray_marks)) continue;
    if (!Mark(floats, real, &real_marks)) continue;
    bool wanted = false;
    for (std::size_t i = 0; i < kBytes; ++i) wanted = wanted || (gray_marks[i] && real_marks[i]);
    EXPECT(Overlaps(gray, real) == wanted);
    EXPECT(Overlaps(real, gray) == wanted);
    ++(wanted ? shared : apart);
  }
  EXPECT(apart > 1000 && shared > 1000);
}

TEST(TheHalvesOfOneImageDoNotOverlap) {
  const Image<float> wide(12, 4);
  const FloatView left{wide.pixels.data(), 8, 4, 12};
  const FloatView right{wide.pixels.data() + 8, 4, 4, 12};
  EXPECT(!Overlaps(left, right));
  EXPECT(Overlaps(left, FloatView{wide.pixels.data() + 7, 4, 4, 12}));
  EXPECT(!Overlaps(left, FloatView{wide.pixels.data() + 44, 4, 4, -12}));
  EXPECT(Overlaps(left, FloatView{wide.pixels.data() + 43, 4, 4, -12}));
}

}  // namespace
}  // namespace mien::test
