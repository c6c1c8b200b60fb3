// Commands as they stand in clients' configurations.
#include "cli/server_name.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace cli {
namespace {

std::string name(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string w; in >> w;) words.push_back(w);
  return default_server_name(words);
}

TEST(ServerName, Commands) {
  EXPECT_EQ(name("npx -y @modelcontextprotocol/server-github"), "@modelcontextprotocol/server-github");
  EXPECT_EQ(name("npx --yes @modelcontextprotocol/server-files@1.2.3 /srv"), "@modelcontextprotocol/server-files");
  EXPECT_EQ(name("/usr/bin/npx -p some-package some-bin"), "some-bin");
  EXPECT_EQ(name("npx tool@latest"), "tool");
  EXPECT_EQ(name("uvx --from git+https://x/y mcp-server-git"), "mcp-server-git");
  EXPECT_EQ(name("uvx mcp-server-time==2.0"), "mcp-server-time");
  EXPECT_EQ(name("uv --directory /srv run server.py"), "server.py");
  EXPECT_EQ(name("pipx run mcp-server"), "mcp-server");
  EXPECT_EQ(name("node --require ./x.js /opt/app/server.js --port 1"), "server.js");
  EXPECT_EQ(name("python3 -u -m my.module --x"), "my.module");
  EXPECT_EQ(name("python3.12 /opt/s.py"), "s.py");
  EXPECT_EQ(name("deno run --allow-net main.ts"), "main.ts");
  EXPECT_EQ(name("docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:v1"),
            "ghcr.io/github/github-mcp-server");
  EXPECT_EQ(name("docker run -i localhost:5000/x"), "localhost:5000/x");
  EXPECT_EQ(name("java -jar /opt/server.jar"), "server.jar");
  EXPECT_EQ(name("/opt/my-server --flag"), "my-server");
  EXPECT_EQ(name("npx"), "npx");
  EXPECT_EQ(name("node"), "node");
  EXPECT_EQ(name("sh -c x"), "sh");
  EXPECT_EQ(name("/opt/"), "/opt/");
}

}  // namespace
}  // namespace cli
