// A topic (topics.h) is first given arguments that both policies let pass, if such are found; from there one place is
// changed at a time, and bursts are made. Topics take turns until there are enough calls.
#include "trial/generate.h"

#include <algorithm>
#include <unordered_set>

#include "mcp/methods.h"
#include "trial/bursts.h"

namespace trial {
namespace {

// splitmix64: the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t n) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % n);
  }

 private:
  std::uint64_t state_;
};

// A topic with what was found out about it.
struct Worked {
  const Topic* topic;
  std::vector<Place> places;
  std::vector<Draft> bases;
  std::vector<Scene> scenes;
  std::size_t taken = 0;
};

class Generator {
 public:
  Generator(const policy::Policy& before, const policy::Policy& after, const GenerateOptions& options,
            const Probe& probe)
      : options_(options), probe_(probe), probes_left_(4 * options.most + 200) {
    if (tools_.read(options.tools, json::Profile::tolerant)) {
      topics_ = topics_of(before, after, options.server_name, tools_.root());
    } else {
      topics_ = topics_of(before, after, options.server_name, {});
    }
  }

  Generated run() {
    for (const Topic& topic : topics_) work(topic);
    take_turns();
    combine();
    return std::move(out_);
  }

 private:
  std::size_t most_of_a_topic() const {
    return std::max<std::size_t>(2, 4 * options_.most / std::max<std::size_t>(topics_.size(), 1));
  }

  void work(const Topic& topic) {
    Worked w{&topic, places_of(topic), {}, {}};
    Draft first(topic);
    for (const Place& place : w.places) {
      if (place.required && !place.changes.empty()) first.apply(place.changes[0]);
    }
    for (const bool of_new : {false, true}) {
      Draft base = improved(first, w.places, of_new);
      const bool known = std::ranges::any_of(w.bases, [&](const Draft& d) { return d.key() == base.key(); });
      if (!known) w.bases.push_back(std::move(base));
    }
    fill(w);
    worked_.push_back(std::move(w));
  }

  // Changes what the deciding condition reads until the call passes or nothing helps.
  Draft improved(Draft draft, const std::vector<Place>& places, bool of_new) {
    constexpr int most_rounds = 24;
    constexpr std::size_t most_tries = 16;
    if (places.empty()) return draft;
    Probed now = probe(of_new, draft);
    for (int round = 0; round < most_rounds && now.denied && !now.condition.empty(); ++round) {
      bool better = false;
      for (const Place& place : places) {
        if (!now.condition.contains(place.path)) continue;
        for (std::size_t i = 0; i < place.changes.size() && i < most_tries && !better && probes_left_ > 0; ++i) {
          Draft tried = draft;
          tried.apply(place.changes[i]);
          Probed then = probe(of_new, tried);
          better = !then.denied || (!then.condition.empty() && then.condition != now.condition);
          if (!better) continue;
          draft = std::move(tried);
          now = std::move(then);
        }
        if (better) break;
      }
      if (!better) break;
    }
    return draft;
  }

  // With the least amounts that pass, so that in a burst one limit does not hide another.
  Draft cheap(const Topic& topic, const Draft& base) {
    Draft out = base;
    for (const policy::Rule* rule : topic.rules) {
      for (const policy::Limit& limit : rule->limits) {
        if (!limit.amount_from || limit.amount_from->root != "args") continue;
        for (const char* least : {"0", "1", "0.01"}) {
          Change change;
          change.steps = limit.amount_from->steps;
          change.value = Made::raw(least);
          Draft tried = out;
          tried.apply(change);
          if (probe(false, tried).denied && probe(true, tried).denied) continue;
          out = std::move(tried);
          break;
        }
      }
    }
    return out;
  }

  Probed probe(bool of_new, const Draft& draft) {
    if (probes_left_ == 0) return {};
    --probes_left_;
    Call call = draft.call();
    call.fresh = true;
    return probe_(of_new, call);
  }

  // Scenes in the order of their worth.
  void fill(Worked& w) {
    const std::size_t most = most_of_a_topic();
    std::size_t calls = 0;
    const auto add = [&](Scene scene) {
      if (scene.calls.empty() || calls + scene.calls.size() > std::max(most, scene_room)) return;
      calls += scene.calls.size();
      w.scenes.push_back(std::move(scene));
    };
    for (const Draft& base : w.bases) add({{base.call()}});
    changes(w, 1, add);
    if (calls < most) {
      for (const Draft& base : w.bases) {
        for (Scene& scene : bursts_of(*w.topic, cheap(*w.topic, base))) add(std::move(scene));
      }
    }
    if (calls < most) changes(w, 0, add);
    for (std::size_t i = 2; i < 2 * most_changes && calls < most; ++i) changes(w, i, add);
    for (Scene& scene : odd_calls(*w.topic, w.bases.front())) add(std::move(scene));
  }

  // The i-th change of every place.
  template <class Add>
  static void changes(const Worked& w, std::size_t i, const Add& add) {
    for (const Place& place : w.places) {
      if (i >= place.changes.size()) continue;
      for (const Draft& base : w.bases) {
        Draft changed = base;
        changed.apply(place.changes[i]);
        Scene scene{{changed.call()}};
        scene.calls[0].about = place.changes[i].what;
        add(std::move(scene));
      }
    }
  }

  void take_turns() {
    for (bool more = true; more;) {
      more = false;
      for (Worked& w : worked_) {
        if (w.taken >= w.scenes.size()) continue;
        more = true;
        take(w.scenes[w.taken++]);
      }
    }
    out_.bounds = out_.calls.size();
  }

  void take(Scene& scene) {
    if (scene.calls.size() == 1 && !known_.insert(scene.calls[0].server + '\n' + Draft::key(scene.calls[0])).second) {
      return;
    }
    if (out_.calls.size() + scene.calls.size() > options_.most) {
      out_.left += scene.calls.size();
      return;
    }
    scene.calls[0].fresh = true;
    for (Call& call : scene.calls) {
      call.origin = "generated:" + std::to_string(out_.calls.size() + 1);
      out_.calls.push_back(std::move(call));
    }
  }

  // Several places at once, by the seed, until there are enough.
  void combine() {
    std::vector<const Worked*> able;
    for (const Worked& w : worked_) {
      if (w.places.size() > 1) able.push_back(&w);
    }
    if (able.empty()) return;
    Dice dice(options_.seed);
    for (std::size_t tries = 2 * options_.most; tries > 0 && out_.calls.size() < options_.most; --tries) {
      const Worked& w = *able[dice.below(able.size())];
      Draft draft = w.bases[dice.below(w.bases.size())];
      for (const Place& place : w.places) {
        if (dice.below(2) == 0 && !place.changes.empty()) draft.apply(place.changes[dice.below(place.changes.size())]);
      }
      Scene scene{{draft.call()}};
      scene.calls[0].about = "a combination";
      take(scene);
    }
    out_.combined = out_.calls.size() - out_.bounds;
  }

  static constexpr std::size_t scene_room = 400;  // a burst may be as long, however many topics there are
  const GenerateOptions& options_;
  const Probe& probe_;
  std::size_t probes_left_;
  json::Document tools_;
  std::vector<Topic> topics_;
  std::vector<Worked> worked_;
  std::unordered_set<std::string> known_;
  Generated out_;
};

}  // namespace

Generated generate(const policy::Policy& before, const policy::Policy& after, const GenerateOptions& options,
                   const Probe& probe) {
  return Generator(before, after, options, probe).run();
}

}  // namespace trial
