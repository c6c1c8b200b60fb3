// Writes a folder of files as a whole: into a new folder beside the one that is meant, which takes its place when all
// is written. Who looks at the place sees the old site or the new one, and a failure leaves the old one as it was.
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cli {

class SiteFolder {
 public:
  // Makes the new folder. Fails, naming `path`, if it is anything but absent, an empty folder or a site that this class
  // wrote (it has the file ".intercept-catalogue"), or if the folder around it does not exist or may not be written.
  static base::Result<SiteFolder> make(const std::string& path);
  // Removes what was not put in place.
  ~SiteFolder();
  SiteFolder(SiteFolder&& other) noexcept;
  SiteFolder& operator=(SiteFolder&&) = delete;

  // `path`: relative, of safe names; folders are made. Errors name the file. Blocks.
  base::Result<void> put(std::string_view path, std::string_view text);
  // To be called once, after the last file.
  base::Result<void> place();

 private:
  SiteFolder(std::filesystem::path to, std::filesystem::path draft) : to_(std::move(to)), draft_(std::move(draft)) {}
  std::filesystem::path to_, draft_;
  std::set<std::string, std::less<>> made_;  // folders in the draft
};

}  // namespace cli
