// Whether two images share memory: what is read must not be written before.

#ifndef MIEN_CORE_OVERLAP_H_
#define MIEN_CORE_OVERLAP_H_

#include <cstddef>
#include <cstdint>

#include "mien/image.h"

namespace mien {

// Runs of bytes, from the lowest address up.
struct ByteRows {
  std::uintptr_t first = 0;  // address of the lowest byte
  std::uintptr_t width = 0;  // bytes of a run
  std::uintptr_t count = 0;  // runs
  std::uintptr_t step = 0;   // bytes from one run to the next, >= width
};

// True if any byte is in both. Runs of one may lie in the gaps of the other.
//
// Cost  a few comparisons if one ends before the other begins; else one division per run of `a`.
bool Overlaps(const ByteRows& a, const ByteRows& b) noexcept;

// Requires  a view that is usable.
template <typename T>
ByteRows BytesOf(const ImageView<T>& view) noexcept {
  const std::ptrdiff_t step = (view.stride < 0 ? -view.stride : view.stride);
  const T* lowest = view.stride < 0 ? view.Row(view.height - 1) : view.data;
  const auto width = static_cast<std::uintptr_t>(view.width) * sizeof(T);
  const auto step_bytes = static_cast<std::uintptr_t>(step) * sizeof(T);
  return {reinterpret_cast<std::uintptr_t>(lowest), width, static_cast<std::uintptr_t>(view.height),
          view.height == 1 ? width : step_bytes};
}

template <typename T>
ByteRows BytesOf(const T* values, std::size_t count) noexcept {
  const std::uintptr_t width = count * sizeof(T);
  return {reinterpret_cast<std::uintptr_t>(values), width, 1, width};
}

// Requires  a stack that is usable.
template <typename T>
ByteRows BytesOf(const ImageStack<T>& stack) noexcept {
  const auto pixels =
      static_cast<std::size_t>(stack.width) * static_cast<std::size_t>(stack.height);
  return BytesOf(stack.data, static_cast<std::size_t>(stack.count) * pixels);
}

// Requires  views or stacks that are usable.
template <typename A, typename B>
bool Overlaps(const A& a, const B& b) noexcept {
  return Overlaps(BytesOf(a), BytesOf(b));
}

}  // namespace mien

#endif  // MIEN_CORE_OVERLAP_H_
