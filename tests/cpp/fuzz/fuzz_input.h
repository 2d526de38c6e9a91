// Reads numbers out of the bytes that a fuzzer made up.

#ifndef MIEN_TESTS_FUZZ_INPUT_H_
#define MIEN_TESTS_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <limits>

namespace mien::test {

// Every byte string is a valid input; when it ends, zeros follow.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint32_t Bits(int bytes) {
    std::uint32_t bits = 0;
    for (int i = 0; i < bytes; ++i) bits = bits << 8 | Byte();
    return bits;
  }

  bool Flag() { return Byte() % 2 == 1; }

  // True once in `n` times, and never when the bytes have ended.
  bool Rarely(int n) { return Byte() % static_cast<unsigned>(n) == 1; }

  // low..high, both included.
  int Within(int low, int high) {
    const auto count = static_cast<std::uint32_t>(high - low) + 1;
    return low + static_cast<int>(Bits(2) % count);
  }

  double Real(double low, double high) { return low + (high - low) * (Bits(2) / 65535.0); }

  // Seldom a number no parameter should have, else one of the range.
  int AnyInt(int low, int high) {
    if (!Rarely(16)) return Within(low, high);
    return Pick({low - 1, high + 1, 0, -1, std::numeric_limits<int>::max(),
                 std::numeric_limits<int>::min()});
  }

  // low, low + step, .., high; seldom another number.
  int AnyStep(int low, int high, int step) {
    if (Rarely(16)) return AnyInt(low, high);
    return low + Within(0, (high - low) / step) * step;
  }

  double AnyReal(double low, double high) {
    if (!Rarely(16)) return Real(low, high);
    constexpr double kInf = std::numeric_limits<double>::infinity();
    return Pick({low, high, -low, 0.0, -0.0, kInf, -kInf, std::numeric_limits<double>::quiet_NaN(),
                 1e308, -1e308, 1e-308, 1e18});
  }

  template <typename T>
  T Pick(std::initializer_list<T> choices) {
    return choices.begin()[Bits(1) % choices.size()];
  }

 private:
  std::uint32_t Byte() { return next_ < size_ ? data_[next_++] : 0; }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t next_ = 0;
};

// One run of the target on one input; each target defines it.
void Fuzz(FuzzInput* input);

}  // namespace mien::test

// Ends the program, which a fuzzer takes for a find, unless the condition holds.
#define HOLDS(condition)                                                 \
  if (!(condition)) {                                                    \
    std::printf("%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
    std::fflush(stdout);                                                 \
    std::abort();                                                        \
  }                                                                      \
  static_assert(true, "takes the semicolon")

#endif  // MIEN_TESTS_FUZZ_INPUT_H_
