// Questions that people ask of a tool or a server, with answers that are true of this one. An answer says what to do,
// with the names filled in.
#include "catalog/scaffold.h"
#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

// The tool's name as a policy writes it: the key of its snippet ("tools:\n  NAME:\n…"), which is one line.
std::string key_of(const Tool& tool) {
  const std::string text = snippet(tool);
  const std::size_t begin = text.find("\n  ") + 3;
  return text.substr(begin, text.find(":\n", begin) - begin);
}

// A heading with a name of a stranger in it, in code.
void question(Html& out, std::string_view before, std::string_view name, std::string_view after) {
  out << "<h3>" << before << "<code>" << shown_name(name, 120) << "</code>" << after << "</h3>\n";
}

void what_it_does(Page& page, const Tool& tool) {
  Html& out = page.body;
  const classify::Class c = tool.assessment.of;
  question(out, "What does ", tool.name, " do?");
  out << "<p>";
  std::string said = first_sentence(tool.description, 300);
  if (said.ends_with('.')) said.pop_back();
  if (!said.empty()) out << "Its server says: <q dir=\"auto\">" << said << "</q>. ";
  out << "It is a tool of the class " << classify::text(c) << ", which means that it " << meaning_of(c) << ".</p>\n";
}

void how_to_enforce(Page& page, const Server& server, const Tool& tool) {
  Html& out = page.body;
  question(out, "How do I enforce a policy on ", tool.name, "?");
  out << "<p>Save <a href=\"#policy\">the policy above</a> as <code>policy.yaml</code> and put <code>intercept -c "
         "policy.yaml --</code> in front of the command that starts "
      << shown_name(server.id, 80)
      << ", or name its URL with <code>--upstream</code>. From then on every call is decided before the server sees "
         "it. "
         "<code>intercept validate policy.yaml</code> checks the file first.</p>\n";
}

void what_risk(Page& page, const Tool& tool) {
  Html& out = page.body;
  const classify::Assessment& a = tool.assessment;
  question(out, "What is the risk level of ", tool.name, ", and why?");
  out << "<p><b>" << classify::text(a.severity) << "</b>. " << meaning_of(a.severity) << " It has the class "
      << classify::text(a.of) << " because " << why(a) << ".";
  if (a.severity > classify::severity_of(a.of))
    out << " Signs of tool poisoning in its definition raise the level by one.";
  out << "</p>\n";
}

void rate_limited(Page& page, const Tool& tool) {
  Html& out = page.body;
  question(out, "Can ", tool.name, " be rate-limited?");
  out << "<p>Yes. ";
  const std::string policy = is_writable(tool.name) ? snippet(tool) : "";
  const std::string_view number = tool.assessment.of == classify::Class::write ? "30" : "10";
  if (policy.contains("window: 60")) {
    out << "The policy above allows " << number << " calls in any 60 seconds per agent session; ";
  } else if (policy.contains("/minute")) {
    out << "The policy above allows " << number
        << " calls a minute, whichever sessions they come from, since a new session would begin anew. In the other "
           "form, "
           "<code>rate_limit: {max: 10, window: 60}</code>, ";
  } else {
    out << "Add <code>rate_limit: {max: 10, window: 60}</code> to a rule of the tool that allows it; ";
  }
  out << "<code>max</code> is a number of calls and <code>window</code> a number of seconds. <code>rate_limit: "
         "5/hour</code> counts all sessions of this machine together and goes on counting after a restart.</p>\n";
}

void block_it(Page& page, const Tool& tool) {
  Html& out = page.body;
  question(out, "How do I block ", tool.name, " completely?");
  out << "<p>Give it the single rule <code>action: deny</code>, and the agent is told that it may not. With "
         "<code>hide: ["
      << key_of(tool)
      << "]</code> at the top of the policy it is taken out of the server’s list as well, so that the agent never "
         "learns "
         "of it.</p>\n";
}

void who_provides(Page& page, const Server& server, const Tool& tool) {
  Html& out = page.body;
  const Source& s = server.report.server;
  question(out, "Who provides ", tool.name, "?");
  out << "<p>The MCP server <a href=\"" << page.links().to(server.path()) << "\">" << shown_name(server.id, 80)
      << "</a>";
  if (!s.name.empty()) out << ", which calls itself <q>" << shown_name(server.full_name(), 120) << "</q>";
  out << ". It has " << counted(server.report.tools.size(), "tool", "tools")
      << ". A name is what a server says of itself; <code>intercept lock</code> pins the definition that you have "
         "read.</p>\n";
}

}  // namespace

void tool_questions(Page& page, const Server& server, const Tool& tool) {
  what_it_does(page, tool);
  how_to_enforce(page, server, tool);
  what_risk(page, tool);
  rate_limited(page, tool);
  block_it(page, tool);
  who_provides(page, server, tool);
}

void server_questions(Page& page, const Server& server) {
  Html& out = page.body;
  const Counts& counts = server.report.counts;
  const std::string id = shown_name(server.id, 80);
  const std::size_t destructive = counts.of(classify::Class::destructive);
  const std::size_t financial = counts.of(classify::Class::financial);
  out << "<h3>How many tools does " << id << " have?</h3>\n<p>" << headline(counts);
  for (const classify::Class c : classes)
    if (counts.of(c) > 0) out << " " << classify::text(c) << ": " << grouped(counts.of(c)) << ".";
  out << "</p>\n<h3>Can an agent delete data with " << id << "?</h3>\n<p>";
  if (destructive == 0) {
    out << "No tool says that it deletes. Tools of the class Execute may do so all the same, since what they start is "
           "not "
           "in their definition.";
  } else {
    out << "Yes, with " << counted(destructive, "tool", "tools") << ". The policy on this page denies "
        << std::string_view(destructive == 1 ? "it" : "each of them") << " until you enable it.";
  }
  out << "</p>\n<h3>Can it spend money?</h3>\n<p>";
  if (financial == 0) {
    out << "No tool says so. What costs money at the provider (machines, messages, requests) is not told by a tool "
           "list.";
  } else {
    out << "Yes, with " << counted(financial, "tool", "tools") << ". The policy on this page asks a person each time.";
  }
  out << "</p>\n<h3>Which policy should I begin with?</h3>\n<p>With the one on this page. It has a rule for every tool "
         "by its "
         "class, refuses tools that it does not name, also those that the server adds later, and loads as it stands. "
         "Then "
         "take out what the agent has no use for.</p>\n<h3>What happens when the server changes a tool?</h3>\n<p>A "
         "policy goes by names. <code>intercept "
         "lock</code> "
         "pins the definitions as they are now, and a call of a tool that has changed since is refused.</p>\n"
         "<h3>Is the tool list of "
      << id
      << " the same everywhere?</h3>\n<p>No. Many servers show more or fewer tools by version, settings and "
         "credentials. <code>intercept scan</code> reads the list of the one that you run.</p>\n";
}

}  // namespace catalog
