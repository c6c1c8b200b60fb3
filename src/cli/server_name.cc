// A launcher's own flags are skipped; those that take a value are listed, because that value is no package.
#include "cli/server_name.h"

#include <algorithm>
#include <string_view>

namespace cli {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view package_launchers[] = {"npx", "bunx", "pnpx", "uvx"};
constexpr std::string_view interpreters[] = {"node", "bun", "ruby", "perl", "php", "deno", "tsx", "ts-node"};
constexpr std::string_view containers[] = {"docker", "podman", "nerdctl"};
constexpr std::string_view with_value[] = {
    // npx, uvx
    "-p", "--package", "-c", "--call", "--from", "--with", "--python", "--index-url", "--registry", "--cache",
    // node, deno
    "-r", "--require", "--import", "--loader", "--env-file", "-C", "--conditions", "--config",
    // docker run
    "-e", "--env", "-v", "--volume", "--mount", "--name", "--network", "--net", "-w", "--workdir", "-u", "--user",
    "--entrypoint", "--platform", "--memory", "-m", "--cpus", "--publish", "--label", "-l", "--add-host", "--gpus"};

bool is_one_of(std::string_view word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

std::string base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// The first word that is no flag and no flag's value, or "".
std::string_view first_word(Words words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& w = words[i];
    if (!w.starts_with('-')) return w;
    if (is_one_of(w, with_value)) ++i;
  }
  return {};
}

// "@scope/name@1.2" -> "@scope/name", "name==1.2" -> "name".
std::string package_name(std::string_view word) {
  const std::size_t at = word.find('@', 1);
  return std::string(word.substr(0, std::min(at, word.find("=="))));
}

// "registry:5000/team/image:tag@sha256:…" -> "registry:5000/team/image".
std::string image_name(std::string_view word) {
  word = word.substr(0, word.find('@'));
  const std::size_t colon = word.find_last_of(':'), slash = word.find_last_of('/');
  const bool tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return std::string(tag ? word.substr(0, colon) : word);
}

std::string python_name(Words words) {
  const auto module = std::ranges::find(words, "-m");
  if (module != words.end() && module + 1 != words.end()) return *(module + 1);
  return base_name(first_word(words));
}

std::string java_name(Words words) {
  const auto jar = std::ranges::find(words, "-jar");
  if (jar != words.end() && jar + 1 != words.end()) return base_name(*(jar + 1));
  return std::string(first_word(words));
}

std::string name_of(const std::string& program, Words rest) {
  if (is_one_of(program, package_launchers)) return package_name(first_word(rest));
  const auto after = [&](std::string_view word) {
    const auto at = std::ranges::find(rest, word);
    return at == rest.end() ? Words() : rest.subspan(static_cast<std::size_t>(at - rest.begin()) + 1);
  };
  if (program == "pipx") return package_name(first_word(after("run")));
  if (program == "uv" || program == "pnpm" || program == "yarn" || program == "npm") {
    for (const std::string_view verb : {"run", "dlx", "exec"}) {
      if (const Words words = after(verb); !words.empty()) return base_name(package_name(first_word(words)));
    }
    return {};
  }
  if (program.starts_with("python")) return python_name(rest);
  if (program == "java") return java_name(rest);
  if (is_one_of(program, containers)) return image_name(first_word(after("run")));
  if (is_one_of(program, interpreters)) {
    const std::string_view word = first_word(rest);
    return base_name(word == "run" ? first_word(after("run")) : word);
  }
  return {};
}

}  // namespace

std::string default_server_name(Words command) {
  std::string program = base_name(command.front());
  std::string name = name_of(program, command.subspan(1));
  if (!name.empty()) return name;
  return program.empty() ? command.front() : program;
}

}  // namespace cli
