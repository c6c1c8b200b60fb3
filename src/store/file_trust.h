// A policy, state or lock file is only as good as those who may write it: one that other users may write is refused.
//
// Trusted are we, root and, if we are root by sudo, the user who called it (write_access.h). The file must be a regular
// file of a trusted user, writable by trusted users only: mode, private group, POSIX access control list. So must the
// directory that holds it after all links: whoever may write there may put another of our files in its place. There a
// sticky bit will do (it keeps others from renaming), and so will a read-only file system (a Kubernetes ConfigMap is
// mode 0777 and read-only).
//
// Not looked at: directories further up and those that hold links on the way (who may write there may choose among the
// files of trusted users, no others), NFSv4 access control lists, users whom only LDAP knows.
#pragma once
#include <string>

#include "base/result.h"

namespace store {

// Looks up an environment variable (getenv in production), as for store::default_state_dir.
using Environment = const char* (*)(const char*);

// Looks at what `fd` is open on, so that there is no moment between looking and reading. `path` is the name by which it
// was opened: it leads to the directory and stands in messages. `what` says what it is: "policy file".
// An error says who may write and which command mends it. One that says that the name leads elsewhere by now means
// that the file was replaced since it was opened: open it again.
base::Result<void> check_trusted(int fd, const std::string& path, const std::string& what, Environment environment);

// The same for a file that is not to be read: opens it, looks and closes it. What cannot be opened is an error.
base::Result<void> check_trusted(const std::string& path, const std::string& what, Environment environment);

}  // namespace store
