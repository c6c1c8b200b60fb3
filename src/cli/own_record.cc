// A log with a start, the event and a shutdown.
#include "cli/own_record.h"

#include <unistd.h>

#include <cstdlib>

#include "audit/record.h"
#include "base/strings.h"
#include "cli/version.h"
#include "store/audit_file.h"
#include "store/instance.h"
#include "store/state_dir.h"

namespace cli {

// The names that the environment gives; the number is the kernel's.
std::string OwnRecord::by() const {
  std::string who;
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (const char* user = std::getenv(name); user != nullptr && *user != '\0') {
      who = base::printable(user, 60) + ", ";
      break;
    }
  }
  return who.append("uid ").append(std::to_string(::getuid())).append(", pid ").append(std::to_string(::getpid()));
}

base::Result<void> OwnRecord::write(std::string_view event, std::span<const audit::Field> fields) {
  store::InstanceInfo info;
  info.instance = base::random_hex(random_, 5);
  info.pid = ::getpid();
  info.transport = "command";
  info.version = version();
  info.started = clock_.wall().time_since_epoch().count();
  store::Instance instance(directory_, info, random_);
  store::AuditOptions options;
  options.sync_always = true;
  options.keep.age = base::Duration::max();  // how long logs are kept is for those to say who run servers
  store::AuditFile file({instance, clock_, [this] { return store::load_or_create_key(directory_, random_); }, {}},
                        options);
  audit::Recorder recorder(clock_, {audit::LogArgs::none, info.instance, "", "", ""}, {});
  std::string lines;
  audit::Start start;
  start.transport = info.transport;
  start.version = info.version;
  start.pid = info.pid;
  recorder.start(lines, start);
  recorder.event(lines, event, fields);
  audit::Shutdown shutdown;
  shutdown.reason = "command done";
  recorder.shutdown(lines, shutdown);
  return file.append(lines);
}

}  // namespace cli
