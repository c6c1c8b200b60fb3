// The tables, and the little that this machine's own file systems show.
#include "store/filesystem.h"

#include <gtest/gtest.h>

#include <string>

namespace store {
namespace {

TEST(FilesystemTest, NumbersOfNetworkFileSystems) {
  EXPECT_EQ(network_name(0x6969), "nfs");
  EXPECT_EQ(network_name(0xFF534D42), "cifs");
  EXPECT_EQ(network_name(0xFE534D42), "smb2");
  EXPECT_EQ(network_name(0x01021997), "9p");
  EXPECT_EQ(network_name(0x00C36400), "ceph");
  EXPECT_EQ(network_name(0x0BD00BD0), "lustre");
  EXPECT_EQ(network_name(0x786F4256), "vboxsf");
  for (const std::uint32_t local :
       {0xEF53u, 0x58465342u, 0x9123683Eu, 0x01021994u, 0x794C7630u, 0x2FC12FC1u, 0x9FA0u, 0u})
    EXPECT_EQ(network_name(local), "") << local;
  EXPECT_TRUE(is_fuse(0x65735546));
  EXPECT_EQ(network_name(0x65735546), "");
}

TEST(FilesystemTest, FuseIsLocalOnlyIfWeKnowIt) {
  for (const char* local : {"fuseblk", "fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.mergerfs"})
    EXPECT_TRUE(is_local_fuse(local)) << local;
  for (const char* network : {"fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "fuse.ceph",
                              "fuse.curlftpfs", "fuse.vmhgfs-fuse", "fuse.grpcfuse", "virtiofs", "fuse", "fuse.", ""})
    EXPECT_FALSE(is_local_fuse(network)) << network;
}

constexpr const char* mounts =
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "40 22 0:50 / /home/ann/remote rw,nosuid shared:5 master:2 - fuse.sshfs host:/x rw,user_id=1000\n"
    "41 22 0:51 / /home/ann/with\\040blank rw - fuse.gocryptfs /x rw\n"
    "42 41 0:52 / /over rw - tmpfs tmpfs rw\n"
    "43 42 0:53 / /over rw - fuse.rclone r: rw\n"
    "garbage\n"
    "44 1 0:54 / /short\n"
    "45 1 0:55 / /no-optional rw - virtiofs tag rw";

TEST(FilesystemTest, MountInfo) {
  EXPECT_EQ(mount_type(mounts, 0, 50, "/anything"), "fuse.sshfs") << "the device says it";
  EXPECT_EQ(mount_type(mounts, 254, 0, "/home/ann/remote/x"), "ext4");
  EXPECT_EQ(mount_type(mounts, 0, 55, ""), "virtiofs");
  EXPECT_EQ(mount_type(mounts, 9, 9, "/home/ann/remote/x"), "fuse.sshfs") << "else the longest mount point";
  EXPECT_EQ(mount_type(mounts, 9, 9, "/home/ann/remotely"), "ext4") << "whole names only";
  EXPECT_EQ(mount_type(mounts, 9, 9, "/home/ann/remote"), "fuse.sshfs");
  EXPECT_EQ(mount_type(mounts, 9, 9, "/home/ann/with blank/x"), "fuse.gocryptfs");
  EXPECT_EQ(mount_type(mounts, 9, 9, "/over/x"), "fuse.rclone") << "the one on top";
  EXPECT_EQ(mount_type("", 0, 50, "/x"), "");
}

TEST(FilesystemTest, ThisMachine) {
  EXPECT_EQ(network_file_system("/proc"), std::nullopt);
  EXPECT_EQ(network_file_system("/proc/none/of/this"), std::nullopt) << "the nearest directory that exists";
  EXPECT_EQ(network_file_system("/dev/null/x"), std::nullopt) << "cannot be told";
  EXPECT_EQ(network_file_system("relative/none"), network_file_system("."));
  EXPECT_EQ(network_file_system(""), network_file_system("."));
  EXPECT_EQ(network_file_system("/"), network_file_system("//none//"));
}

}  // namespace
}  // namespace store
