// Counts the memory that the program asks for.

#ifndef MIEN_BENCH_ALLOCATIONS_H_
#define MIEN_BENCH_ALLOCATIONS_H_

namespace mien::bench {

// Calls of operator new so far, which is all that the core gets memory from.
long AllocationCount();

}  // namespace mien::bench

#endif  // MIEN_BENCH_ALLOCATIONS_H_
