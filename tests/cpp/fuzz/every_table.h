// Runs the same call with every kernel table: the same bytes must come out.

#ifndef MIEN_TESTS_FUZZ_EVERY_TABLE_H_
#define MIEN_TESTS_FUZZ_EVERY_TABLE_H_

#include "fuzz/forbidden_bytes.h"
#include "mien/kernels.h"
#include "mien/status.h"

namespace mien::test {

struct Result {
  Status status = Status::kOk;
  Bytes bytes;
};

// `call(Bytes*)` makes its object, works on a copy of `start` and returns the status. It may touch
// the places alone.
template <typename Call>
Result WithEveryTable(const Bytes& start, const std::vector<Place>& places, Call call) {
  Result first;
  for (int i = 0; i < KernelTableCount(); ++i) {
    HOLDS(UseKernels(KernelTableName(i)) == Status::kOk);
    Result now;
    now.bytes = start;
    {
      const ForbiddenBytes outside(&now.bytes, places);
      now.status = call(&now.bytes);
    }
    if (i == 0) {
      first = now;
      continue;
    }
    HOLDS(now.status == first.status);
    HOLDS(now.bytes == first.bytes);
  }
  return first;
}

}  // namespace mien::test

#endif  // MIEN_TESTS_FUZZ_EVERY_TABLE_H_
