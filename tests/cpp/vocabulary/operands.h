// Numbers for the vocabulary's test, and the test's entry of each instruction set.

#ifndef MIEN_TESTS_VOCABULARY_OPERANDS_H_
#define MIEN_TESTS_VOCABULARY_OPERANDS_H_

#include <cstdint>

namespace mien::test {

constexpr int kMaxNotes = 16 * 112;  // numbers that `NoteAll` writes at most

struct Operands {
  float f32_a[8], f32_b[8];  // below 2^31, with zeros of both signs
  std::int32_t i32_a[8], i32_b[8];
  std::int32_t index[8];  // 0..7
  std::int16_t i16_a[16], i16_b[16];
  std::int16_t words[48];
  std::uint8_t bytes[40];
  int shift;  // 0..31
};

namespace scalar {
void NoteAll(const Operands& in, std::int32_t* results);
}
namespace avx2 {
void NoteAll(const Operands& in, std::int32_t* results);
}
namespace neon {
void NoteAll(const Operands& in, std::int32_t* results);
}

}  // namespace mien::test

#endif  // MIEN_TESTS_VOCABULARY_OPERANDS_H_
