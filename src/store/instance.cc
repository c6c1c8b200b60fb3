// Run files and their locks (flock: it belongs to the open file description, so neither a child that execs nor another
// open of the same file in this process can lose it).
#include "store/instance.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "audit/entry.h"
#include "audit/redact.h"
#include "audit/time_text.h"
#include "base/strings.h"
#include "json/document.h"
#include "json/writer.h"

namespace store {
namespace {

constexpr std::string_view suffix = ".json";
constexpr std::size_t max_run_file = 64 << 10;
constexpr std::size_t max_instances = 10'000;

int lock(int fd, int operation) {
  int rc = 0;
  do {
    rc = ::flock(fd, operation | LOCK_NB);
  } while (rc != 0 && errno == EINTR);
  return rc;
}

std::string content(const InstanceInfo& info) {
  std::string out;
  json::Composer c(out);
  c.open().member("instance", info.instance).member("pid", info.pid);
  c.member("server", audit::recordable(info.server)).member("identity", audit::recordable(info.identity));
  c.member("session", info.session).member("transport", info.transport).member("version", info.version);
  c.member("policy_file", audit::recordable(info.policy_file)).member("policy_digest", info.policy_digest);
  c.member("started", base::rfc3339(info.started)).member("log", info.instance + ".jsonl").close();
  return out + "\n";
}

void read_content(int fd, const std::string& path, InstanceInfo& info) {
  const auto text = read_rest(fd, max_run_file, path);
  json::Document document;
  if (!text || !document.read(*text, json::Profile::strict)) return;
  const json::Value root = document.root();
  info.pid = audit::whole_number(root.find("pid"), 0);
  info.server = root.find("server").string();
  info.identity = root.find("identity").string();
  info.session = root.find("session").string();
  info.transport = root.find("transport").string();
  info.version = root.find("version").string();
  info.policy_file = root.find("policy_file").string();
  info.policy_digest = root.find("policy_digest").string();
  info.started = audit::parse_rfc3339(root.find("started").string()).value_or(0);
}

// Somebody holds the lock of what `fd` is open on. Asked with a shared lock: those who ask do not see each other.
bool is_held(int fd) { return lock(fd, LOCK_SH) != 0; }

bool is_regular(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// The name still leads to what `fd` is open on.
bool leads_to(const std::string& path, int fd) {
  struct stat by_name{};
  struct stat opened{};
  return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(fd, &opened) == 0 && by_name.st_dev == opened.st_dev &&
         by_name.st_ino == opened.st_ino;
}

}  // namespace

bool is_instance_name(std::string_view name) {
  return name.size() == 10 &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string run_directory(const std::string& directory) { return directory + "/run"; }

std::string run_path(const std::string& directory, std::string_view instance) {
  return run_directory(directory) + "/" + std::string(instance) + std::string(suffix);
}

Instance::Instance(std::string directory, InstanceInfo info, base::Random& random)
    : directory_(std::move(directory)), info_(std::move(info)), random_(random) {}

Instance::~Instance() = default;

base::Result<void> Instance::ensure() {
  if (file_.get() >= 0) return {};
  return create();
}

// A draft of our own, locked and then named.
base::Result<void> Instance::create() {
  if (auto made = make_directories(run_directory(directory_)); !made) return made;
  const std::string path = run_path(directory_, info_.instance);
  const std::string draft = path + "." + base::random_hex(random_, 8);
  File file(open_file(draft, O_RDWR | O_CREAT | O_EXCL));
  if (file.get() < 0) return fail_errno("cannot create " + draft, errno);
  std::size_t written = 0;
  int error = write_all(file.get(), content(info_), written);
  if (error == 0 && lock(file.get(), LOCK_EX) != 0) error = errno;
  if (error == 0 && ::rename(draft.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(draft.c_str());
    return fail_errno("cannot create " + path, error);
  }
  file_ = std::move(file);
  return {};
}

base::Result<void> Instance::refresh() {
  if (file_.get() < 0) return {};
  struct stat info{};
  if (::fstat(file_.get(), &info) == 0 && info.st_nlink > 0) return {};
  return create();
}

void Instance::end() {
  if (file_.get() < 0) return;
  const std::string path = run_path(directory_, info_.instance);
  if (leads_to(path, file_.get())) ::unlink(path.c_str());
  file_ = File();
}

bool instance_alive(const std::string& directory, std::string_view instance) {
  const File file(open_file(run_path(directory, instance), O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) return errno != ENOENT && errno != ENOTDIR;
  return is_held(file.get());
}

base::Result<std::vector<KnownInstance>> list_instances(const std::string& directory) {
  std::vector<KnownInstance> found;
  const std::string path = run_directory(directory);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (dir == nullptr) {
    if (errno == ENOENT) return found;
    return fail_errno("cannot read " + path, errno);
  }
  while (const dirent* entry = ::readdir(dir.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    std::string_view name = entry->d_name;
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    if (!is_instance_name(name) || found.size() >= max_instances) continue;
    KnownInstance known;
    known.info.instance = name;
    const File file(open_file(run_path(directory, name), O_RDONLY | O_NONBLOCK));
    if (file.get() < 0 && errno == ENOENT) continue;  // ended meanwhile
    known.alive = file.get() < 0 || is_held(file.get());
    if (file.get() >= 0 && is_regular(file.get())) read_content(file.get(), path, known.info);
    found.push_back(std::move(known));
  }
  std::ranges::sort(found, {}, [](const KnownInstance& k) -> const std::string& { return k.info.instance; });
  return found;
}

DeadInstance::DeadInstance(const std::string& directory, std::string_view instance)
    : path_(run_path(directory, instance)), file_(open_file(path_, O_RDWR | O_NONBLOCK)) {
  if (file_.get() < 0) return;
  const bool ours = is_regular(file_.get()) && lock(file_.get(), LOCK_EX) == 0 && leads_to(path_, file_.get());
  if (!ours) file_ = File();
}

void DeadInstance::remove() { ::unlink(path_.c_str()); }

}  // namespace store
