// One piece of memory in which all views of a call lie, apart or over each other.

#ifndef MIEN_TESTS_FUZZ_ARENA_H_
#define MIEN_TESTS_FUZZ_ARENA_H_

#include <cstring>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "images.h"
#include "mien/image.h"

namespace mien::test {

// Where a view lies; bytes count from the arena's start.
struct Place {
  std::ptrdiff_t first = -1;  // first byte of the first row; -1 gives a null view
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;  // elements
  std::ptrdiff_t item = 1;    // bytes of an element

  std::ptrdiff_t RowAt(int y) const { return first + y * stride * item; }
};

using Bytes = std::vector<std::uint8_t>;

template <typename T>
ImageView<T> ViewOf(const Place& place, Bytes* bytes) {
  T* data = place.first < 0 ? nullptr : reinterpret_cast<T*>(bytes->data() + place.first);
  return {data, place.width, place.height, place.stride};
}

// Calls `use(first byte, bytes)` for every row. The loops over bytes are left to the C library:
// under sanitizers, without optimisation, ours would take longer than what is tested.
template <typename Use>
void ForEachRow(const Place& place, Use use) {
  for (int y = 0; place.first >= 0 && y < place.height; ++y) {
    use(static_cast<std::size_t>(place.RowAt(y)),
        static_cast<std::size_t>(place.width * place.item));
  }
}

// One where the place's elements are, else zero.
inline void MarkPlace(const Place& place, Bytes* marks) {
  ForEachRow(place, [marks](std::size_t first, std::size_t count) {
    std::memset(marks->data() + first, 1, count);
  });
}

inline bool Share(const Place& a, const Place& b, std::size_t size) {
  Bytes marks(size);
  MarkPlace(a, &marks);
  bool is_shared = false;
  ForEachRow(b, [&](std::size_t first, std::size_t count) {
    is_shared = is_shared || std::memchr(marks.data() + first, 1, count) != nullptr;
  });
  return is_shared;
}

// Lays out views of the wanted sizes; seldom one of another size, over another one, or null.
class Arena {
 public:
  explicit Arena(FuzzInput* input) : input_(input) {}

  // Strides are random, negative ones too, and never make rows overlap.
  Place Add(int width, int height, std::size_t item_bytes) {
    Place place;
    if (input_->Rarely(64)) return place;
    place.item = static_cast<std::ptrdiff_t>(item_bytes);
    place.width = input_->Rarely(32) ? input_->Within(1, 80) : width;
    place.height = input_->Rarely(32) ? input_->Within(1, 80) : height;
    const std::ptrdiff_t step = place.width + (input_->Flag() ? input_->Within(0, 9) : 0);
    const std::ptrdiff_t bytes = step * place.height * place.item;
    std::ptrdiff_t lowest = (end_ + kMaxItem - 1) / kMaxItem * kMaxItem;
    if (input_->Rarely(16))
      lowest = input_->Within(0, 65535) % (lowest + 1) / place.item * place.item;
    end_ = lowest + bytes > end_ ? lowest + bytes : end_;
    const bool is_flipped = input_->Flag();
    place.stride = is_flipped ? -step : step;
    place.first = is_flipped ? lowest + (place.height - 1) * step * place.item : lowest;
    return place;
  }

  // The memory, filled with a pattern, and some more behind it.
  Bytes Make() const {
    Bytes bytes(static_cast<std::size_t>(end_) + 64);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(i * 37 + 11);
    return bytes;
  }

 private:
  static constexpr std::ptrdiff_t kMaxItem = 8;

  FuzzInput* input_;
  std::ptrdiff_t end_ = 0;
};

// Ends the program if a byte outside the places changed, or any byte where nothing may.
inline void HoldUntouched(const Bytes& before, const Bytes& after,
                          std::initializer_list<Place> written) {
  Bytes wanted = before;
  for (const Place& place : written) {
    ForEachRow(place, [&](std::size_t first, std::size_t count) {
      std::memcpy(wanted.data() + first, after.data() + first, count);
    });
  }
  HOLDS(wanted == after);
}

// Gray pixels of one of several kinds: flat, noise, black and white, a smooth texture.
inline void FillGray(const Place& place, FuzzInput* input, Bytes* bytes) {
  if (place.first < 0) return;
  Random random(input->Bits(2));
  const int kind = input->Within(0, 3);
  const auto flat = static_cast<std::uint8_t>(input->Bits(1));
  const auto view = ViewOf<std::uint8_t>(place, bytes);
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const int noise = random.Below(256);
      const int smooth = (x * flat / 16 + y * 5) % 256;
      const int gray[] = {flat, noise, noise < 128 ? 0 : 255, smooth};
      view.Row(y)[x] = static_cast<std::uint8_t>(gray[kind]);
    }
  }
}

// Numbers within +-`largest`, and seldom infinities, NaN and others that are hard to bear.
inline void FillReals(const Place& place, float low, float high, FuzzInput* input, Bytes* bytes) {
  if (place.first < 0) return;
  Random random(input->Bits(2));
  const int strange = input->Flag() ? 0 : input->Within(0, 255);
  const auto view = ViewOf<float>(place, bytes);
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float hard[] = {kInf,  -kInf, std::numeric_limits<float>::quiet_NaN(), 0, -0.0F, 1e-40F,
                        1e30F, -1e30F};
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const auto share = static_cast<float>(random.Unit());
      const bool is_strange = random.Below(256) < strange / 4;
      view.Row(y)[x] = is_strange ? hard[random.Below(8)] : low + (high - low) * share;
    }
  }
}

}  // namespace mien::test

#endif  // MIEN_TESTS_FUZZ_ARENA_H_
