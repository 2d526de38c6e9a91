// Range checks that refuse NaN.

#ifndef MIEN_CORE_RANGE_H_
#define MIEN_CORE_RANGE_H_

namespace mien {

template <typename T>
constexpr bool IsWithin(T value, T low, T high) noexcept {
  return value >= low && value <= high;
}

constexpr bool IsOddWithin(int value, int low, int high) noexcept {
  return IsWithin(value, low, high) && value % 2 == 1;
}

}  // namespace mien

#endif  // MIEN_CORE_RANGE_H_
