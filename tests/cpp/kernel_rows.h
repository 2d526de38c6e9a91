// What the kernels' tests share: every table against scalar, on odd rows, between canaries.
//
//   TEST(EveryTableBlendsAsScalarDoes) {
//     ForEachRow([](const KernelTable& table, int count, int offset) {
//       Row<std::uint8_t> wanted(count, offset), got(count, offset);
//       scalar::kTable.some_row(.., count, wanted.data());
//       table.some_row(.., count, got.data());
//       ExpectSame(got, wanted);
//     });
//   }

#ifndef MIEN_TESTS_KERNEL_ROWS_H_
#define MIEN_TESTS_KERNEL_ROWS_H_

#include <cstring>
#include <vector>

#include "core/dispatch.h"
#include "harness.h"
#include "images.h"

namespace mien::test {

// Numbers of pixels around the widths of vectors, and starts that no vector likes.
constexpr int kCounts[] = {1, 3, 7, 8, 9, 15, 16, 17, 31, 63, 400};
constexpr int kOffsets[] = {0, 1, 5};

// Calls `check(table, count, offset)` for every table of this CPU, scalar included: its rows have
// canaries too.
template <typename Check>
void ForEachRow(const Check& check) {
  for (int i = 0; i < KernelTableCount(); ++i) {
    for (int count : kCounts) {
      for (int offset : kOffsets) check(KernelTableAt(i), count, offset);
    }
  }
}

// `count` numbers with bytes before and after them that nobody may change.
template <typename T>
class Row {
 public:
  Row(int count, int offset) : count_(count), first_(kMargin + offset) {
    bytes_.assign((static_cast<std::size_t>(count) + 2 * kMargin) * sizeof(T) + 8, kCanary);
  }

  T* data() { return reinterpret_cast<T*>(bytes_.data()) + first_; }
  int count() const { return count_; }

  bool IsSame(const Row& other) const { return bytes_ == other.bytes_; }

  // True if all that is not one of the numbers is as it was.
  bool IsIntact() const {
    const std::size_t start = static_cast<std::size_t>(first_) * sizeof(T);
    const std::size_t end = start + static_cast<std::size_t>(count_) * sizeof(T);
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if ((i < start || i >= end) && bytes_[i] != kCanary) return false;
    }
    return true;
  }

 private:
  static constexpr int kMargin = 64;
  static constexpr unsigned char kCanary = 0xA5;
  int count_;
  int first_;
  std::vector<unsigned char> bytes_;
};

// Bit for bit: the bytes are compared, so that zeros of different sign differ.
template <typename T>
void ExpectSame(const Row<T>& got, const Row<T>& wanted) {
  EXPECT(got.IsIntact());
  EXPECT(got.IsSame(wanted));
}

// `count` rounded up to whole vectors.
constexpr int Whole(int count, int lanes) {
  return (count + lanes - 1) / lanes * lanes;
}

// Calls `run(kernels, output)` with this part of scalar's and of `table`'s kernels, and compares
// the `size` numbers that they wrote, and that nothing else was written.
template <typename T, typename Kernels, typename RunKernel>
void ExpectPartAsScalar(const KernelTable& table, Kernels KernelTable::* part, int size, int offset,
                        const RunKernel& run) {
  Row<T> wanted(size, offset);
  Row<T> got(size, offset);
  run(scalar::kTable.*part, wanted.data());
  run(table.*part, got.data());
  ExpectSame(got, wanted);
}

// Random integers of a type's range, the ends of it more often than chance has them.
template <typename T>
std::vector<T> RandomNumbers(int count, std::uint32_t seed, int low, int high) {
  std::vector<T> numbers(static_cast<std::size_t>(count));
  Random random(seed);
  for (T& number : numbers) {
    const int kind = random.Below(16);
    const int inside = low + static_cast<int>(random.Unit() * (static_cast<double>(high) - low));
    number = static_cast<T>(kind == 0 ? low : kind == 1 ? high : inside);
  }
  return numbers;
}

}  // namespace mien::test

#endif  // MIEN_TESTS_KERNEL_ROWS_H_
