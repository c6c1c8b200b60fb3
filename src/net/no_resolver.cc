// What OpenSSL and c-ares refer to instead of the C library's resolver, services and loader of libraries:
// src/CMakeLists.txt renames these references in our copies of libcrypto.a and libcares.a. A static binary must hold
// none of it: a static C library's resolver and look-up of services load plugins of another build at run time, and
// OpenSSL would load modules from the disk.
// What must stay true: none of it is ever needed (names are resolver.h's business); if it is called, it fails.
// <netdb.h> is not included: nobody here may use it, and what its types hold is not touched.
#include <cerrno>
#include <cstddef>

namespace {
constexpr int fails_for_good = -4;  // EAI_FAIL
}

extern "C" {

int intercept_no_getaddrinfo(const char* node, const char* service, const void* hints, void** result);
void intercept_no_freeaddrinfo(void* list);
int intercept_no_getnameinfo(const void* address, unsigned size, char* host, unsigned host_size, char* service,
                             unsigned service_size, int flags);
void* intercept_no_gethostbyname(const char* name);
void* intercept_no_dlopen(const char* file, int flags);
void* intercept_no_getservbyname(const char* name, const char* protocol);
int intercept_no_getservbyport_r(int port, const char* protocol, void* into, char* buffer, std::size_t size,
                                 void** result);

int intercept_no_getaddrinfo(const char*, const char*, const void*, void** result) {
  *result = nullptr;
  return fails_for_good;
}
void intercept_no_freeaddrinfo(void*) {}
int intercept_no_getnameinfo(const void*, unsigned, char*, unsigned, char*, unsigned, int) { return fails_for_good; }
void* intercept_no_gethostbyname(const char*) { return nullptr; }
void* intercept_no_dlopen(const char*, int) { return nullptr; }
void* intercept_no_getservbyname(const char*, const char*) { return nullptr; }
int intercept_no_getservbyport_r(int, const char*, void*, char*, std::size_t, void** result) {
  *result = nullptr;
  return ENOENT;
}

}  // extern "C"
