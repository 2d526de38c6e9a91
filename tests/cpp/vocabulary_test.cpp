#include <algorithm>
#include <cstring>

#include "kernel_rows.h"
#include "vocabulary/operands.h"

namespace mien::test {
namespace {

template <typename T, std::size_t kCount>
void Fill(T (&numbers)[kCount], std::uint32_t seed, std::int64_t low, std::int64_t high) {
  Random random(seed);
  for (T& number : numbers) {
    const int kind = random.Below(8);
    const auto inside =
        low + static_cast<std::int64_t>(random.Unit() * static_cast<double>(high - low));
    number = static_cast<T>(kind == 0 ? low : kind == 1 ? high : inside);
  }
}

// Of all sizes, whole, half and broken, with zeros of both signs.
void FillFloats(float (&numbers)[8], std::uint32_t seed) {
  Random random(seed);
  for (float& number : numbers) {
    const double sign = random.Below(2) == 0 ? 1 : -1;
    const double size = std::ldexp(random.Unit() + 0.5, random.Below(60) - 30);
    const int kind = random.Below(8);
    const double value = kind == 0 ? 0 : kind < 4 ? random.Below(9) / 2.0 : size;
    number = static_cast<float>(sign * value);
  }
}

Operands Make(std::uint32_t seed) {
  Operands in{};
  FillFloats(in.f32_a, 11 * seed);
  FillFloats(in.f32_b, 11 * seed + 1);
  Fill(in.i32_a, 11 * seed + 2, INT32_MIN, INT32_MAX);
  Fill(in.i32_b, 11 * seed + 3, -70000, 70000);
  Fill(in.index, 11 * seed + 4, 0, 7);
  Fill(in.i16_a, 11 * seed + 5, -32768, 32767);
  Fill(in.i16_b, 11 * seed + 6, -32768, 32767);
  Fill(in.words, 11 * seed + 7, -32768, 32767);
  Fill(in.bytes, 11 * seed + 8, 0, 255);
  in.shift = static_cast<int>(seed % 32);
  return in;
}

using NoteAll = void (*)(const Operands&, std::int32_t*);

NoteAll NotesOf([[maybe_unused]] const char* name) {
#if defined(MIEN_HAS_AVX2)
  if (std::strcmp(name, "avx2") == 0) return avx2::NoteAll;
#elif defined(__aarch64__) && !defined(_MSC_VER)
  if (std::strcmp(name, "neon") == 0) return neon::NoteAll;
#endif
  return scalar::NoteAll;
}

TEST(EveryVocabularyGivesTheSameBits) {
  std::vector<std::int32_t> wanted(kMaxNotes);
  std::vector<std::int32_t> got(kMaxNotes);
  const NoteAll note = NotesOf(KernelTableName(KernelTableCount() - 1));
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const Operands in = Make(seed);
    scalar::NoteAll(in, wanted.data());
    note(in, got.data());
    const auto where = std::mismatch(got.begin(), got.end(), wanted.begin()).first;
    EXPECT(where == got.end());
    if (where != got.end()) return;
  }
}

TEST(TheTablesAreNamedAndTheLastIsTheDefault) {
  EXPECT(std::strcmp(KernelTableName(0), "scalar") == 0);
  EXPECT(std::strcmp(KernelsInUse(), KernelTableName(KernelTableCount() - 1)) == 0);
}

TEST(ATableIsChosenByName) {
  const char* before = KernelsInUse();
  EXPECT(UseKernels("scalar") == Status::kOk);
  EXPECT(std::strcmp(Kernels().name, "scalar") == 0);
  EXPECT(UseKernels("abacus") == Status::kBadKernels);
  EXPECT(std::strcmp(Kernels().name, "scalar") == 0);
  EXPECT(UseKernels(before) == Status::kOk);
}

}  // namespace
}  // namespace mien::test
