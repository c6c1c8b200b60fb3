// See the header.
#include "catalog/site_text.h"

#include "base/strings.h"
#include "catalog/html.h"

namespace catalog {
namespace {

struct ClassText {
  std::string_view meaning, rule, in_short, because;
  std::string_view wrong[4];
};

// In the order of the enumeration.
constexpr ClassText class_texts[] = {
    {"returns data and changes nothing",
     "allowed",
     "allow",
     "A read changes nothing, so a limit on it protects quotas and privacy rather than data. Add one where calls cost "
     "money or where what is read is personal.",
     {"What it returns goes to the model, all of it: secrets, personal data and whole tables that the task never "
      "needed.",
      "What it returns was often written by strangers. Instructions in a page, an issue or a file can steer the "
      "agent's "
      "next calls.",
      "Together with any tool that sends, it is half of a leak: one call reads, the next one carries it out.",
      "An agent in a loop can call it thousands of times, and quotas and bills count every call."}},
    {"creates or changes data in a way that can be undone",
     "allowed, at most 30 calls a minute",
     "30 calls a minute",
     "A change can be undone, but somebody has to notice it and do so. Thirty calls a minute are more than work needs "
     "and few enough to clean up after.",
     {"A wrong argument changes the wrong record, at once, and nobody is asked.",
      "A retry or a loop creates the same thing again and again, or overwrites a good value with a bad one many times.",
      "What is written is read by people and by other agents: an injected text travels on from here.",
      "Settings, permissions and links are data too. A small change to one of them can open much more."}},
    {"starts something: processes, jobs, builds, messages or code",
     "allowed, at most 10 calls a minute, with every required argument",
     "10 calls a minute, required arguments",
     "What is started goes on after the answer, and its effects are not in the arguments. A low rate stops a runaway "
     "loop, and a call with arguments missing does not start with defaults that nobody chose.",
     {"Its effects reach further than its arguments say: what it starts can read, change and delete with the server's "
      "own rights.",
      "If part of an argument comes from a text that somebody else wrote, that person chooses what runs.",
      "Calls pile up: jobs, builds, messages and machines that each cost something and are tedious to stop.",
      "A message that was sent and a job that has run cannot be called back."}},
    {"deletes or destroys in a way that cannot be undone",
     "denied until somebody enables it",
     "deny",
     "A deletion cannot be taken back, so the default is that it does not happen. Replace the rule by `action: "
     "require_approval` to have a person decide on each call.",
     {"What it removes is gone. A call that was let through cannot be taken back.",
      "A misread instruction, an old id or a pattern that matches too much is enough.",
      "Agents delete on their own initiative: as tidying up, as a way around an obstacle, as a fresh start.",
      "Backups and logs that the same credentials reach can go with it, and with them the way back."}},
    {"moves money or commits to it",
     "held until a person approves",
     "ask a person",
     "Money that has left does not come back by itself. A person sees each call, with its arguments, before it goes "
     "through, and an approval is good for one call only.",
     {"Money that was sent to the wrong place is a matter for lawyers, not for an undo button.",
      "A retry pays twice. After a lost connection the agent cannot know whether the first call went through.",
      "Amount, currency and recipient are arguments: whoever steers the agent sets them.",
      "Many small payments pass where a large one would have been noticed."}},
};

constexpr std::string_view severity_texts[] = {
    "Nothing changes. What matters is what is read, how much of it and where it goes afterwards.",
    "Something changes, and can be changed back by somebody who notices.",
    "Something is started that goes on by itself, with effects that the call does not show.",
    "It cannot be undone: data is gone or money has moved.",
};

struct RiskText {
  std::string_view wrong;
  bool sign = false;
};

// In the order of the enumeration.
constexpr RiskText risk_texts[] = {
    {"takes code, a command or a query as free text: whoever influences that text decides what runs. Bound it with an "
     "allow-list, since a list of forbidden words is always incomplete."},
    {"takes a path: “..”, absolute paths and links lead out of the folder that was meant. Keep it inside with "
     "`path_within`."},
    {"fetches an address: internal services and metadata endpoints can be reached through it, and data can leave in "
     "the "
     "address itself. Bound it with `url_host_in`."},
    {"works on many things in one call, so a rate limit alone does not bound the damage."},
    {"acts on the system or its administration: accounts, permissions, settings or the service as a whole."},
    {"takes credentials as arguments: the model sees them, and so do logs and whoever reads the conversation."},
    {"sends data to a place that its arguments name: the last step of a leak. Bound the destinations."},
    {"can be told to go on where it would stop (recursive, force), which removes the last question."},
    {"has invisible characters in its description: text that a model reads and a person does not see.", true},
    {"has a description that speaks to the model and tells it what to do, which is how poisoned tools work.", true},
    {"has a description that speaks of another tool, which can change how the agent uses that one.", true},
};

const ClassText& text_of(classify::Class c) { return class_texts[static_cast<std::size_t>(c)]; }

}  // namespace

std::string_view meaning_of(classify::Class c) { return text_of(c).meaning; }
std::span<const std::string_view> what_can_go_wrong(classify::Class c) { return text_of(c).wrong; }
std::string_view rule_in_words(classify::Class c) { return text_of(c).rule; }
std::string_view rule_in_short(classify::Class c) { return text_of(c).in_short; }
std::string_view why_this_rule(classify::Class c) { return text_of(c).because; }
std::string_view meaning_of(classify::Severity s) { return severity_texts[static_cast<std::size_t>(s)]; }
std::string_view what_can_go_wrong(classify::Risk r) { return risk_texts[static_cast<std::size_t>(r)].wrong; }
bool is_sign(classify::Risk r) { return risk_texts[static_cast<std::size_t>(r)].sign; }

std::size_t total(const Counts& counts) {
  std::size_t sum = 0;
  for (const std::size_t n : counts.of_class) sum += n;
  return sum;
}

std::size_t modifying(const Counts& counts) { return total(counts) - counts.of(classify::Class::read); }

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return grouped(number) + ' ' + std::string(number == 1 ? one : many);
}

std::string headline(const Counts& counts) {
  const std::size_t all = total(counts), others = modifying(counts);
  const std::string tools = counted(all, "tool", "tools") + ". ";
  if (all == 0) return "No tools.";
  if (others == 0) return tools + (all == 1 ? "It reads and changes nothing." : "All of them read and change nothing.");
  if (others == all)
    return tools + (all == 1 ? "It can modify or destroy data." : "All of them can modify or destroy data.");
  return tools + grouped(others) + " can modify or destroy data.";
}

std::string why(const classify::Assessment& assessment, std::size_t most) {
  std::string out;
  std::size_t shown = 0;
  for (const classify::Evidence& e : assessment.evidence) {
    if (e.towards != assessment.of || shown == most) continue;
    out += shown++ == 0 ? "" : "; ";
    out.append("the ")
        .append(base::printable(e.where, 80))
        .append(e.where == "annotations" ? " say “" : " says “")
        .append(base::printable(e.words, 60));
    out.append("”: ").append(e.reason);
  }
  if (shown == 0) return "nothing in its definition says that it is harmless";
  return out;
}

}  // namespace catalog
