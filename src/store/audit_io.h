// The system calls by which a log is written. A test puts a disk in their place that fails at any of them.
#pragma once
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

namespace store {

class AuditIo {
 public:
  virtual ~AuditIo() = default;
  // Each as the system call: -1 and errno on failure; a signal in between is not one.
  virtual int open(const std::string& path, int flags);         // store::open_file
  virtual ssize_t write(int fd, std::span<const iovec> parts);  // one write(2) or writev(2); it may write less
  virtual int sync(int fd);                                     // fdatasync(2)
  virtual int sync_directory(const std::string& path);          // 0 also where the file system has no such thing
  virtual int truncate(int fd, std::uint64_t size);
  virtual int rename(const std::string& from, const std::string& to);  // never over a file that exists
  virtual int unlink(const std::string& path);
};

}  // namespace store
