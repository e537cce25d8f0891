#include "proto/completions/parts.h"

namespace dftp::completions {
namespace {

// What is in single quotes means nothing to a shell, but for the quote itself.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string option_words(const std::vector<Option>& options) {
  std::string words;
  for (const Option& option : options) {
    if (option.letter) words += std::string("-") + option.letter + " ";
    words += "--" + std::string(option.name) + " ";
  }
  return words;
}

// "-k|--key|--other" of those that are chosen.
std::string pattern(const std::vector<Option>& options, auto choice) {
  std::string names;
  for (const Option& option : options) {
    if (!choice(option)) continue;
    names += (names.empty() ? "" : "|") + (option.letter ? std::string("-") + option.letter + "|" : std::string()) +
             "--" + std::string(option.name);
  }
  return names;
}

// Sets what holds for these words.
std::string settings(const std::vector<Option>& options, const Operands& operands) {
  std::string text = "options=" + quoted(option_words(options));
  text += " valued=" + quoted(pattern(options, takes_word));
  text += " filed=" + quoted(pattern(options, takes_file));
  text += " placed=" + quoted(pattern(options, takes_directory));
  text += " words=" + quoted(operands.words);
  text += std::string(" kinds='") + (operands.files ? "files " : "") + (operands.directories ? "directories " : "") +
          (operands.urls ? "urls" : "") + "'";
  return text;
}

void add_value_words(const std::vector<Option>& options, std::string& text) {
  for (const Option& option : options) {
    const std::string line =
        "    --" + std::string(option.name) + ") _FN_words " + quoted(option.words) + "; return ;;\n";
    if (!option.words.empty() && text.find(line) == text.npos) text += line;
  }
}

// bash takes a word apart at : = and @; a URL is put together again, and what bash will put before it is left out.
constexpr std::string_view functions = R"(_FN_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
_FN_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$word"); }
_FN_urls() {
  local whole=${COMP_LINE:0:COMP_POINT}
  whole=${whole##*[[:space:]]}
  mapfile -t COMPREPLY < <(dftp-cli complete -- "$whole" 2>/dev/null </dev/null)
  COMPREPLY=("${COMPREPLY[@]#"${whole%"$word"}"}")
  [[ ${COMPREPLY[*]} == */ ]] && compopt -o nospace
}
)";

constexpr std::string_view choosing = R"(  if [[ $word == -* ]]; then _FN_words "$options"
  elif [[ $filed && $before == @($filed) ]]; then _FN_files -f
  elif [[ $placed && $before == @($placed) ]]; then _FN_files -d
  elif [[ $valued && $before == @($valued) ]]; then return
  elif [[ $kinds == *urls* && ( $kinds == urls || $word == dftp* || $before == [:@] ) ]]; then
    [[ $words ]] && _FN_words "$words"
    [[ ${COMPREPLY[*]} ]] || _FN_urls
  else
    if [[ $kinds == *files* ]]; then _FN_files -f
    elif [[ $kinds == *directories* ]]; then _FN_files -d
    fi
    [[ $words ]] && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
)";

std::string named(std::string text, const std::string& function) {
  for (std::size_t at = 0; (at = text.find("_FN", at)) != text.npos;) text.replace(at, 3, function);
  return text;
}

}  // namespace

std::string bash_script(const Program& program) {
  const std::string name(program.name);
  Operands first = program.operands;
  first.words += (first.words.empty() ? "" : " ") + command_names(program);
  std::string text = "# bash completion for " + name + "\n" + std::string(functions) +
                     "_FN() {\n"
                     "  local word=$2 before=$3 options valued filed placed words kinds i\n"
                     "  COMPREPLY=()\n"
                     "  [[ $word == [:=@] ]] && word=\n";
  std::string values;
  add_value_words(program.options, values);
  for (const Command& command : program.commands) add_value_words(command.options, values);
  if (!values.empty()) text += "  case $before in\n" + values + "  esac\n";
  text += "  " + settings(program.options, first) + "\n";
  if (!program.commands.empty()) {
    text += "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n";
    for (const Command& command : program.commands) {
      text +=
          "      " + std::string(command.name) + ") " + settings(command.options, command.operands) + "; break ;;\n";
    }
    text += "    esac\n  done\n";
  }
  text += std::string(choosing) + "complete -F _FN " + name + "\n";
  return named(text, "_" + identifier(program));
}

}  // namespace dftp::completions
