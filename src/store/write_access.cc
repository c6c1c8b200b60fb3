// Two small parsers (colon-separated lines, the kernel's access control lists) and the rules on top.
#include "store/write_access.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "base/strings.h"

namespace store {
namespace {

template <class Id>
std::optional<Id> parse_id(std::string_view text) {
  Id id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || id == static_cast<Id>(-1))
    return std::nullopt;
  return id;
}

// The first `N` fields of a line; false if it has fewer.
template <std::size_t N>
bool split(std::string_view line, std::array<std::string_view, N>& fields) {
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t colon = line.find(':');
    fields[i] = line.substr(0, colon);
    if (colon == std::string_view::npos) return i + 1 == N;
    line.remove_prefix(colon + 1);
  }
  return true;
}

// Calls `each` with every line until it returns false.
template <class F>
void for_each_line(std::string_view text, F each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line[0] != '#' && !each(line)) return;
  }
}

struct User {
  std::string_view name;
  uid_t id;
  gid_t group;
};

// False from `each`: enough.
template <class F>
void for_each_user(std::string_view passwd, F each) {
  for_each_line(passwd, [&](std::string_view line) {
    std::array<std::string_view, 4> f;  // name:password:uid:gid:…
    if (!split(line, f)) return true;
    const auto id = parse_id<uid_t>(f[2]);
    const auto group = parse_id<gid_t>(f[3]);
    return !id || !group || each(User{f[0], *id, *group});
  });
}

struct Group {
  std::string_view name;
  gid_t id;
  std::string_view members;  // comma-separated
};

template <class F>
void for_each_group(std::string_view text, F each) {
  for_each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 4> f;  // name:password:gid:members
    if (!split(line, f)) return true;
    const auto id = parse_id<gid_t>(f[2]);
    return !id || each(Group{f[0], *id, f[3]});
  });
}

// Lines that bring accounts of another source in ("+", "+@netgroup", "-name" of NIS).
bool has_foreign_lines(std::string_view text) {
  bool found = false;
  for_each_line(text, [&](std::string_view line) {
    found = line[0] == '+' || line[0] == '-';
    return !found;
  });
  return found;
}

std::string with_number(std::string_view name, std::uint32_t id) {
  return name.empty() ? std::to_string(id) : base::printable(name, 64) + " (" + std::to_string(id) + ")";
}

// --- Access control lists: struct posix_acl_xattr_header and _entry of the kernel, little-endian ---

struct AclEntry {
  enum Tag : std::uint16_t { user_obj = 1, user = 2, group_obj = 4, group = 8, mask = 16, other = 32 };
  std::uint16_t tag, permissions;
  std::uint32_t id;
  bool writes() const { return (permissions & 2) != 0; }
};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::optional<std::vector<AclEntry>> parse_acl(std::string_view bytes) {
  if (bytes.size() < 4 || (bytes.size() - 4) % 8 != 0 || little_endian(bytes.substr(0, 4)) != 2) return std::nullopt;
  std::vector<AclEntry> entries;
  for (bytes.remove_prefix(4); !bytes.empty(); bytes.remove_prefix(8)) {
    entries.push_back({static_cast<std::uint16_t>(little_endian(bytes.substr(0, 2))),
                       static_cast<std::uint16_t>(little_endian(bytes.substr(2, 2))),
                       little_endian(bytes.substr(4, 4))});
  }
  return entries;
}

std::string shared_group(gid_t group, const Trusted& trusted, const AccountSource& source) {
  const Accounts& accounts = source();
  if (is_private_group(group, trusted, accounts)) return "";
  return "the group " + group_name(group, accounts) + ", which other users may be in";
}

std::string writers_by_acl(const WriteAccess& access, const Trusted& trusted, const AccountSource& source) {
  const auto entries = parse_acl(access.acl);
  if (!entries) return "somebody, by an access control list that cannot be read";
  const auto mask = std::ranges::find(*entries, AclEntry::mask, &AclEntry::tag);
  const bool masked = mask != entries->end() && !mask->writes();  // of named users and all groups
  constexpr const char* by = ", by its access control list";
  for (const AclEntry& e : *entries) {
    if (!e.writes()) continue;
    std::string who;
    if (e.tag == AclEntry::other)
      who = "every user";
    else if (masked)
      continue;
    else if (e.tag == AclEntry::user && !trusted.includes(e.id))
      who = "user " + user_name(e.id, source());
    else if (e.tag == AclEntry::group || e.tag == AclEntry::group_obj)
      who = shared_group(e.tag == AclEntry::group ? e.id : access.group, trusted, source);
    if (!who.empty()) return who + by;
  }
  return "";
}

}  // namespace

Trusted trusted_users(uid_t self, const char* sudo_uid) {
  Trusted trusted{self, std::nullopt};
  if (self == 0 && sudo_uid != nullptr) trusted.sudo = parse_id<uid_t>(sudo_uid);
  return trusted;
}

std::string user_name(uid_t user, const Accounts& accounts) {
  std::string_view name;
  for_each_user(accounts.passwd, [&](const User& u) {
    if (u.id == user) name = u.name;
    return name.empty();
  });
  return with_number(name, user);
}

std::string group_name(gid_t group, const Accounts& accounts) {
  std::string_view name;
  for_each_group(accounts.group, [&](const Group& g) {
    if (g.id == group) name = g.name;
    return name.empty();
  });
  return with_number(name, group);
}

bool is_private_group(gid_t group, const Trusted& trusted, const Accounts& accounts) {
  if (has_foreign_lines(accounts.passwd) || has_foreign_lines(accounts.group)) return false;
  std::vector<std::string_view> names;    // of trusted users
  std::vector<std::string_view> primary;  // of those whose primary group it is
  bool others = false;
  for_each_user(accounts.passwd, [&](const User& u) {
    if (trusted.includes(u.id)) {
      names.push_back(u.name);
      if (u.group == group) primary.push_back(u.name);
    } else if (u.group == group) {
      others = true;
    }
    return !others;
  });
  bool known = false;
  for_each_group(accounts.group, [&](const Group& g) {
    if (g.id != group) return true;
    known = known || std::ranges::find(primary, g.name) != primary.end();
    for (std::string_view members = g.members; !members.empty();) {
      const std::size_t comma = std::min(members.find(','), members.size());
      const std::string_view member = base::trimmed(members.substr(0, comma));
      others = others || (!member.empty() && std::ranges::find(names, member) == names.end());
      members.remove_prefix(std::min(comma + 1, members.size()));
    }
    return !others;
  });
  return known && !others;
}

std::string other_writers(const WriteAccess& access, const Trusted& trusted, const AccountSource& source) {
  // With a list, the group's bits of the mode are the list's mask.
  if (!access.acl.empty()) return writers_by_acl(access, trusted, source);
  if ((access.mode & 0002) != 0) return "every user";
  if ((access.mode & 0020) != 0) return shared_group(access.group, trusted, source);
  return "";
}

}  // namespace store
