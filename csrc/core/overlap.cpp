#include "core/overlap.h"

#include <algorithm>

namespace mien {
namespace {

std::uintptr_t End(const ByteRows& rows) noexcept {
  return rows.first + (rows.count - 1) * rows.step + rows.width;
}

}  // namespace

bool Overlaps(const ByteRows& a, const ByteRows& b) noexcept {
  if (End(a) <= b.first || End(b) <= a.first) return false;
  for (std::uintptr_t i = 0; i < a.count; ++i) {
    const std::uintptr_t begin = a.first + i * a.step;
    const std::uintptr_t end = begin + a.width;
    if (end <= b.first) continue;
    // Of all runs that begin before this one ends, the last reaches farthest.
    const std::uintptr_t last = std::min((end - 1 - b.first) / b.step, b.count - 1);
    if (b.first + last * b.step + b.width > begin) return true;
  }
  return false;
}

}  // namespace mien
