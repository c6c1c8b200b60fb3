// Who may write to a file, from what the system says of it: mode, owner, group, access control list, and the texts of
// /etc/passwd and /etc/group. Pure: no file is opened here (file_trust.h does).
//
// What must stay true:
// - What is not understood counts as "others may write": an unknown group, a list that cannot be read, accounts that
//   come from elsewhere (NIS lines).
// - No getpwnam, no getgrnam: they load NSS modules, which a static binary must not. So users that only LDAP or a like
//   service knows are not seen; a shared group is told from a private one by the rule of useradd (the group is called
//   like its user), which such users do not fall under.
#pragma once
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace store {

// Whose files we trust: our own, root's and, if we are root by sudo, those of the user who called it.
struct Trusted {
  uid_t self = 0;
  std::optional<uid_t> sudo;
  bool includes(uid_t user) const { return user == 0 || user == self || user == sudo; }
};

// Of a process with effective user `self` and SUDO_UID as `sudo_uid` (nullptr: not set). Only root believes the
// variable; one that is no number is ignored.
Trusted trusted_users(uid_t self, const char* sudo_uid);

// The texts of /etc/passwd and /etc/group; "" if they could not be read.
struct Accounts {
  std::string passwd, group;
};

// "ann (1000)", or "1000" if the number has no name.
std::string user_name(uid_t user, const Accounts& accounts);
std::string group_name(gid_t group, const Accounts& accounts);

// True if nobody but trusted users is in the group: it is called like a trusted user whose primary group it is, and no
// other user is a member or has it as primary group.
bool is_private_group(gid_t group, const Trusted& trusted, const Accounts& accounts);

// What the system says of a file or directory.
struct WriteAccess {
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  std::string acl;  // the bytes of system.posix_acl_access; "" if there is none
};

// Gives the accounts; called only if a name or a group's members are needed.
using AccountSource = std::function<const Accounts&()>;

// Who besides trusted users may write, the owner apart: "every user", "the group devs (1005), which other users may be
// in", "user bob (1001), by its access control list"; "" if nobody.
std::string other_writers(const WriteAccess& access, const Trusted& trusted, const AccountSource& accounts);

}  // namespace store
