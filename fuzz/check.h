// A property that a fuzz target holds its subject to. Unlike assert() it is there in every build.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace fuzz {

[[noreturn]] inline void broken(const char* file, int line, const char* property) {
  (void)std::fprintf(stderr, "%s:%d: property broken: %s\n", file, line, property);
  std::abort();
}

}  // namespace fuzz

#define FUZZ_CHECK(condition)                                       \
  do {                                                              \
    if (!(condition)) fuzz::broken(__FILE__, __LINE__, #condition); \
  } while (false)
