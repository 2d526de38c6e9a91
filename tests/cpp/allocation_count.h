// Counts the memory that the program asks for.

#ifndef MIEN_TESTS_ALLOCATION_COUNT_H_
#define MIEN_TESTS_ALLOCATION_COUNT_H_

namespace mien::test {

// Calls so far of operator new and delete, and with the GNU C library also of malloc, calloc,
// realloc, free and their aligned kin, from anywhere in the program.
long AllocationCount();

}  // namespace mien::test

#endif  // MIEN_TESTS_ALLOCATION_COUNT_H_
