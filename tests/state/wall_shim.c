/* For tests of clock steps, preloaded into a dynamically linked build: the wall clock is ahead by what the file $WALL
 * holds, a 64-bit number of nanoseconds that the test changes while the program runs. The boot clock is the real one. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("WALL");
  if (path == NULL) return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) abort();
  void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) abort();
  close(fd);
  offset = page;
}

int clock_gettime(clockid_t id, struct timespec *out) {
  int rc = (int)syscall(SYS_clock_gettime, id, out);  // sanitizers ask before anything is set up
  if (rc != 0 || id != CLOCK_REALTIME || offset == NULL) return rc;
  int64_t at = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec + *offset;
  out->tv_sec = at / 1000000000;
  out->tv_nsec = at % 1000000000;
  return rc;
}
