#include "client/cli/completions.h"

#include <algorithm>
#include <vector>

#include "client/cli/call.h"
#include "client/cli/options.h"
#include "client/cli/verbs.h"

namespace dftp::cli {
namespace {

// Options whose values are a few words.
constexpr std::pair<std::string_view, std::string_view> known_values[] = {{"overwrite", "never changed always"},
                                                                          {"type", "f d l"}};

std::string_view words_for(const ShownOption& option) {
  const auto* found = std::ranges::find(known_values, option.name, [](const auto& row) { return row.first; });
  return found == std::end(known_values) ? std::string_view() : found->second;
}

bool takes_file(const ShownOption& option) {
  return option.value == "FILE";
}

bool takes_local(const Verb& verb) {
  return operand_kind(verb, 0, 2).side == Side::here || operand_kind(verb, 1, 2).side == Side::here;
}

std::vector<const Verb*> verbs_alone() {
  std::vector<const Verb*> verbs;
  for (const Verb& verb : all_verbs()) {
    if (verb.scope == Scope::anywhere) verbs.push_back(&verb);
  }
  return verbs;
}

// Each option of any verb once.
std::vector<ShownOption> all_options() {
  std::vector<ShownOption> all = shown_options(nullptr);
  for (const Verb* verb : verbs_alone()) {
    for (const ShownOption& option : shown_options(verb)) {
      if (std::ranges::find(all, option.name, &ShownOption::name) == all.end()) all.push_back(option);
    }
  }
  return all;
}

// What is in single quotes means nothing to a shell, but for the quote itself and fish's backslash.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string option_words(const std::vector<ShownOption>& options) {
  std::string words;
  for (const ShownOption& option : options) {
    if (option.letter) words += std::string("-") + option.letter + " ";
    words += "--" + std::string(option.name) + " ";
  }
  return words;
}

std::string long_names(const std::vector<ShownOption>& options, auto choice) {
  std::string names;
  for (const ShownOption& option : options) {
    if (choice(option)) names += (names.empty() ? "--" : "|--") + std::string(option.name);
  }
  return names;
}

std::string joined_names() {
  std::string names;
  for (const Verb* verb : verbs_alone()) names += std::string(verb->name) + " ";
  return names;
}

// ---- bash

std::string bash() {
  const auto options = all_options();
  std::string text =
      "# bash completion for dftp-cli\n"
      "_dftp_cli() {\n"
      "  local word=$2 before=$3 verb= options= files= i\n"
      "  COMPREPLY=()\n"
      "  case $before in\n";
  for (const ShownOption& option : options) {
    if (const auto words = words_for(option); !words.empty()) {
      text += "    --" + std::string(option.name) + ") mapfile -t COMPREPLY < <(compgen -W " + shell_quoted(words) +
              " -- \"$word\"); return ;;\n";
    }
  }
  text += "    " + long_names(options, takes_file) +
          ") compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n";
  text += "    " +
          long_names(options,
                     [](const ShownOption& option) {
                       return !option.value.empty() && !takes_file(option) && words_for(option).empty();
                     }) +
          ") return ;;\n  esac\n";
  text +=
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n";
  for (const Verb* verb : verbs_alone()) {
    text += "      " + std::string(verb->name) + ") verb=" + std::string(verb->name) +
            " options=" + shell_quoted(option_words(shown_options(verb))) + (takes_local(*verb) ? " files=yes" : "") +
            "; break ;;\n";
  }
  text += "    esac\n  done\n";
  text += "  [[ $verb ]] || options=" + shell_quoted(option_words(shown_options(nullptr))) + "\n";
  text +=
      "  if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
      "  elif [[ ! $verb || $verb == help ]]; then mapfile -t COMPREPLY < <(compgen -W " +
      shell_quoted(joined_names()) +
      " -- \"$word\")\n"
      "  elif [[ $verb == completions ]]; then mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- \"$word\")\n"
      "  elif [[ $files ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
      "  fi\n"
      "}\n"
      "complete -F _dftp_cli dftp-cli\n";
  return text;
}

// ---- zsh

// Inside of '...[text]:...' brackets and colons have a meaning.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_options(const std::vector<ShownOption>& options) {
  std::string text;
  for (const ShownOption& option : options) {
    std::string value;
    if (!option.value.empty()) {
      const auto words = words_for(option);
      value = ":" + zsh_text(option.value) + ":" +
              (takes_file(option) ? "_files"
               : words.empty()    ? " "
                                  : "(" + std::string(words) + ")");
    }
    const std::string rest = "[" + zsh_text(option.help) + "]" + value + "' \\\n";
    text += "        '--" + std::string(option.name) + rest;
    if (option.letter) text += std::string("        '-") + option.letter + rest;
  }
  return text;
}

std::string zsh() {
  std::string text =
      "#compdef dftp-cli\n"
      "_dftp_cli() {\n"
      "  local -a verbs\n"
      "  local verb= word\n"
      "  verbs=(\n";
  for (const Verb* verb : verbs_alone())
    text += "    '" + std::string(verb->name) + ":" + zsh_text(verb->summary) + "'\n";
  text +=
      "  )\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    if (( ${verbs[(I)${word}:*]} )); then verb=$word; break; fi\n"
      "  done\n"
      "  case $verb in\n";
  for (const Verb* verb : verbs_alone()) {
    const std::string rest = verb->name == "help"          ? "'*:verb:{_describe verb verbs}'"
                             : verb->name == "completions" ? "'*:shell:(bash zsh fish)'"
                             : takes_local(*verb)          ? "'*:file:_files'"
                                                           : "'*: : '";
    text += "    " + std::string(verb->name) + ")\n      _arguments \\\n" + zsh_options(shown_options(verb)) +
            "        " + rest + " ;;\n";
  }
  text += "    *)\n      _arguments \\\n" + zsh_options(shown_options(nullptr)) +
          "        '*:verb:{_describe verb verbs}' ;;\n"
          "  esac\n"
          "}\n"
          // Sourced, it says whom it is for; from the function path it is called at once.
          "if [[ $funcstack[1] == _dftp_cli ]]; then _dftp_cli \"$@\"; else compdef _dftp_cli dftp-cli; fi\n";
  return text;
}

// ---- fish

std::string fish_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_option(const ShownOption& option, const std::string& condition) {
  std::string line = "complete -c dftp-cli" + condition + " -l " + std::string(option.name);
  if (option.letter) line += std::string(" -s ") + option.letter;
  if (!option.value.empty()) line += takes_file(option) ? " -r -F" : " -x";
  if (const auto words = words_for(option); !words.empty()) line += " -a " + fish_text(words);
  return line + " -d " + fish_text(option.help) + "\n";
}

std::string fish() {
  std::string text =
      "# fish completion for dftp-cli\n"
      "complete -c dftp-cli -f\n"
      "set -g __dftp_cli_verbs " +
      joined_names() + "\n";
  const std::string none = " -n 'not __fish_seen_subcommand_from $__dftp_cli_verbs'";
  const auto global = shown_options(nullptr);
  for (const ShownOption& option : global) text += fish_option(option, "");
  for (const Verb* verb : verbs_alone()) {
    text += "complete -c dftp-cli" + none + " -a " + std::string(verb->name) + " -d " + fish_text(verb->summary) + "\n";
    const std::string seen = " -n '__fish_seen_subcommand_from " + std::string(verb->name) + "'";
    if (takes_local(*verb)) text += "complete -c dftp-cli" + seen + " -F\n";
    for (const ShownOption& option : shown_options(verb)) {
      const bool everywhere = std::ranges::find(global, option.name, &ShownOption::name) != global.end();
      if (!everywhere) text += fish_option(option, seen);
    }
  }
  text += "complete -c dftp-cli -n '__fish_seen_subcommand_from help' -a \"$__dftp_cli_verbs\"\n";
  text += "complete -c dftp-cli -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n";
  return text;
}

}  // namespace

Result<std::string> completions(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return fail(Code::usage, std::string(shell), "no completions for this shell; there are bash, zsh and fish");
}

}  // namespace dftp::cli
