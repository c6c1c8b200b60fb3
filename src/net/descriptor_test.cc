// That nobody who shares a description with us finds its mode or offset changed.
#include "net/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace net {
namespace {

bool is_non_blocking(int fd) { return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

// Neither the pipe's nor the socket's shared description may change its mode while we use it.
TEST(DescriptorTest, ASharedDescriptionKeepsItsMode) {
  for (const bool socket : {false, true}) {
    int ends[2];
    if (socket) {
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    } else {
      ASSERT_EQ(pipe(ends), 0);
    }
    const int shared = dup(ends[0]);
    {
      Descriptor d = Descriptor::adopt(ends[0], Descriptor::Use::read);
      EXPECT_FALSE(is_non_blocking(shared)) << (socket ? "socket" : "pipe");
      std::array<char, 4> buffer;
      EXPECT_EQ(d.read(buffer).status, Io::Status::again) << "and yet we do not block";
      EXPECT_EQ(d.fd(), ends[0]) << "the number stays";
    }
    EXPECT_FALSE(is_non_blocking(shared));
    close(shared);
    close(ends[0]);
    close(ends[1]);
  }
}

TEST(DescriptorTest, ANamedPipeIsSetAndSetBack) {
  std::string directory = testing::TempDir() + "intercept-fifo-test-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int both = open(path.c_str(), O_RDWR);
  const int reader = open(path.c_str(), O_RDONLY);
  const int shared = dup(reader);
  ASSERT_EQ(write(both, "abc", 3), 3);
  close(both);  // what is left must be read, and then the end
  {
    Descriptor d = Descriptor::adopt(reader, Descriptor::Use::read);
    std::array<char, 8> buffer;
    EXPECT_EQ(d.readable(), 3u);
    EXPECT_EQ(d.read(buffer).bytes, 3u);
    EXPECT_EQ(d.read(buffer).status, Io::Status::end);
  }
  EXPECT_FALSE(is_non_blocking(shared));
  close(shared);
  close(reader);
  unlink(path.c_str());
  rmdir(directory.c_str());
}

TEST(DescriptorTest, ClosingAnAdoptedOneLeavesNoHoleInTheNumbers) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Descriptor d = Descriptor::adopt(ends[1], Descriptor::Use::write);
  d.close();
  d.close();
  char c;
  EXPECT_EQ(read(ends[0], &c, 1), 0) << "the reader sees the end";
  EXPECT_EQ(write(ends[1], "x", 1), 1) << "/dev/null has the number";
  close(ends[0]);
  close(ends[1]);
}

TEST(DescriptorTest, AFileKeepsItsOffset) {
  std::string path = testing::TempDir() + "intercept-file-test-XXXXXX";
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  unlink(path.c_str());
  ASSERT_EQ(write(fd, "abc", 3), 3);
  {
    Descriptor d = Descriptor::adopt(fd, Descriptor::Use::write);
    EXPECT_EQ(d.write("def").bytes, 3u);
    struct stat st;
    ASSERT_EQ(fstat(fd, &st), 0);
    EXPECT_EQ(st.st_size, 6);
  }
  close(fd);
}

TEST(DescriptorTest, MovingMovesTheOwnership) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Descriptor a = Descriptor::own(ends[1]);
  Descriptor b = std::move(a);
  EXPECT_FALSE(a.is_open());  // NOLINT: that is what is tested
  EXPECT_TRUE(b.is_open());
  b = Descriptor();
  char c;
  EXPECT_EQ(read(ends[0], &c, 1), 0);
  close(ends[0]);
}

TEST(DescriptorTest, AReaderThatIsGoneIsBroken) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Descriptor d = Descriptor::own(ends[1]);
  close(ends[0]);
  const Io io = d.write("x");
  EXPECT_EQ(io.status, Io::Status::broken);
  EXPECT_EQ(io.error, EPIPE);
}

}  // namespace
}  // namespace net
