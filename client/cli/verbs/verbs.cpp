#include "client/cli/verbs/verbs.h"

#include <algorithm>

#include "client/cli/verbs/handlers.h"

namespace dftp::cli {
namespace {

// A row is a paragraph.
// clang-format off
constexpr std::size_t any = SIZE_MAX;

constexpr std::string_view list_options = "long all human by-time by-size reverse single-column descend directory";
constexpr std::string_view local_list_options = "long all human by-time by-size reverse single-column directory";
constexpr std::string_view get_options =
    "recursive preserve md5 streams continue no-resume overwrite no-clobber if-version backup suffix";
constexpr std::string_view put_options =
    "recursive md5 streams continue no-resume overwrite no-clobber if-version backup suffix job job-wait receipt";

constexpr Verb verbs[] = {
    {"ls", "dir nlist", Scope::anywhere, OperandLayout::remote, {1, 0, any}, list_options, {"[-alhtSr1Rd] URL...", "[-alhtSr1Rd] [PATH...]"},
     "list names",
     "Names are sorted by their bytes: in columns on a terminal, with colours (unless $NO_COLOR is set), else one a line\n"
     "and exactly as they are. Those that begin with a dot are left out without -a.\n",
     list},
    {"get", "reget recv", Scope::anywhere, OperandLayout::remote_to_local, {1, 1, any}, get_options,
     {"[-rp] URL... [LOCAL]", "[-rp] PATH... [LOCAL]"},
     "fetch files",
     "Into LOCAL if that is a directory (default: here), else under exactly that name; - is standard output.\n"
     "With -r a directory becomes LOCAL itself, unless LOCAL ends with / or is '.'. In a session the last of several\n"
     "operands is LOCAL. What an interrupted call left is verified and used; give the same call again to go on.\n",
     get, RetryMeaning::goes_on},
    {"put", "reput send", Scope::anywhere, OperandLayout::local_to_remote, {2, 1, any}, put_options,
     {"[-r] LOCAL... URL", "[-r] LOCAL... [PATH]"},
     "send files",
     "Into the directory that URL names, else under exactly that name; - is standard input. With -r a directory\n"
     "becomes URL itself, unless URL ends with /. In a session the last of several operands is the target. What an\n"
     "interrupted call left is verified and used; give the same call again to go on.\n",
     put, RetryMeaning::goes_on},
    {"mget", "", Scope::session, OperandLayout::remote_to_here, {0, 1, any}, get_options, {"", "[-rp] PATH..."},
     "fetch files into the directory here",
     "As get, but no operand is a target.\n",
     get, RetryMeaning::goes_on},
    {"mput", "", Scope::session, OperandLayout::local_to_there, {0, 1, any}, put_options, {"", "[-r] LOCAL..."},
     "send files into the directory there",
     "As put, but no operand is a target.\n",
     put, RetryMeaning::goes_on},
    {"sync", "", Scope::anywhere, OperandLayout::two_sides, {2, 2, 2},
     "delete max-delete checksum modify-window no-modes dry-run exclude include exclude-from streams",
     {"LOCAL URL, or URL LOCAL", "LOCAL :PATH, or :PATH LOCAL"},
     "make one directory like another",
     "What is in the first becomes what is in the second, which is made if need be; with or without / at their ends.\n"
     "Files are alike that have the same size and time; a mode that differs is set. A pattern without / matches a name\n"
     "at any depth, one with / the path from the top on (** is any number of directories), one with / at its end\n"
     "directories only. In a session a : stands before the path on the server.\n",
     synchronize, RetryMeaning::goes_on},
    {"verify", "", Scope::anywhere, OperandLayout::file_to_remote, {1, 1, 2}, "", {"RECEIPT [URL]", "RECEIPT [PATH]"},
     "prove again what a receipt says",
     "The server reads the whole file anew, and size and MD5 must be those in the receipt, which put --receipt has\n"
     "written. URL and PATH are where the file is now; default: where it was stored.\n",
     verify},
    {"cat", "", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "write files to standard output",
     "Every byte is verified before it is written.\n",
     cat},
    {"stat", "", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "show what is known of a file",
     "A symbolic link is shown itself.\n",
     stat},
    {"md5", "", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "MD5 of files, as md5sum prints it",
     "Computed by the server. In a call of its own the names are paths from the shared directory on, so that\n"
     "md5sum -c can check a copy of it.\n",
     md5},
    {"mkdir", "", Scope::anywhere, OperandLayout::remote_new, {1, 1, any}, "parents", {"[-p] URL...", "[-p] PATH..."},
     "make directories",
     "",
     make_directories, RetryMeaning::does_more},
    {"rm", "delete mdelete del", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "recursive force", {"[-rf] URL...", "[-rf] PATH..."},
     "remove files; with -r also directories",
     "A symbolic link is removed itself.\n",
     remove, RetryMeaning::does_more},
    {"rmdir", "", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "remove empty directories",
     "",
     remove_directories, RetryMeaning::does_more},
    {"mv", "rename", Scope::anywhere, OperandLayout::remote_to_remote, {2, 2, any}, "no-replace", {"[-n] URL... URL", "[-n] PATH... PATH"},
     "rename, or move into a directory",
     "",
     move, RetryMeaning::does_more},
    {"cp", "", Scope::anywhere, OperandLayout::remote_to_remote, {2, 2, any}, "recursive no-replace",
     {"[-r] [-n] URL... URL", "[-r] [-n] PATH... PATH"},
     "copy within the server, or to another",
     "Into a directory, else to exactly that name; each file in one step and durable, with its mode and time. A file\n"
     "that is there with the same size and time is left. With -r directories with all that is in them. When the last\n"
     "URL is of another server, that one fetches the data, or they come through here, and the same call goes on again.\n",
     copy, RetryMeaning::goes_on},
    {"touch", "", Scope::anywhere, OperandLayout::remote, {1, 1, any}, "no-create", {"[-c] URL...", "[-c] PATH..."},
     "set the time of files to now; make empty ones",
     "A symbolic link is touched itself.\n",
     touch, RetryMeaning::does_more},
    {"ln", "", Scope::anywhere, OperandLayout::word_to_remote, {2, 2, 2}, "symbolic", {"-s TARGET URL", "-s TARGET PATH"},
     "make a symbolic link",
     "TARGET is stored as it is; a relative one counts from the directory that the link is in.\n",
     make_link, RetryMeaning::does_more},
    {"chmod", "", Scope::anywhere, OperandLayout::word_to_remote, {2, 2, any}, "", {"MODE URL...", "MODE PATH..."},
     "set permission bits",
     "MODE is octal, from 0 to 777, or says what changes, as +x, go-w or u=rw,go=r. A symbolic link is followed.\n",
     change_mode, RetryMeaning::does_more},
    {"find", "", Scope::anywhere, OperandLayout::remote, {1, 0, any}, "name type size newer max-depth",
     {"[--name GLOB] ... URL...", "[--name GLOB] ... [PATH...]"},
     "list what is beneath, as it is found",
     "All conditions that are given must hold; links are not followed. Quote the GLOB from your shell.\n",
     find},
    {"du", "", Scope::anywhere, OperandLayout::remote, {1, 0, any}, "summary human max-depth", {"[-sh] URL...", "[-sh] [PATH...]"},
     "show the space that directories take",
     "In bytes on the disk, what is in each directory included. A file of several names counts once.\n",
     disk_usage},
    {"diff", "", Scope::anywhere, OperandLayout::local_to_remote, {2, 2, 2}, "recursive", {"[-r] LOCAL URL", "[-r] LOCAL PATH"},
     "compare files here and there by their digests",
     "No content is transferred. Exit code 0: the same, 1: different, 2 and up: it could not be found out.\n",
     compare},
    {"tail", "", Scope::anywhere, OperandLayout::remote, {1, 1, 1}, "lines follow", {"[-n N] [-f] URL", "[-n N] [-f] PATH"},
     "write the end of a file to standard output",
     "With -f what is added comes as it is written, pushed by the server; a file that is cut or replaced (log rotation)\n"
     "is followed under its name. A lost connection is opened again, and nothing is written twice.\n",
     tail},
    {"watch", "", Scope::anywhere, OperandLayout::remote, {1, 0, 1}, "recursive", {"[-r] URL", "[-r] [PATH]"},
     "print changes as they happen",
     "Of a file, or of the names and files in a directory; with -r in the directories beneath it, too. It says when\n"
     "changes may be lost, as behind a lost connection.\n",
     watch},
    {"df", "", Scope::anywhere, OperandLayout::remote, {1, 0, any}, "human", {"[-h] URL...", "[-h] [PATH...]"},
     "show the space on the server's disk",
     "Of the file system that holds each path.\n",
     show_space},
    {"echo", "", Scope::anywhere, OperandLayout::server_words, {2, 1, any}, "", {"URL TEXT...", "TEXT..."},
     "have the server say it back",
     "Also shows how long that took, on standard error: whether the server is there, and how far away.\n",
     echo},
    {"who", "", Scope::anywhere, OperandLayout::server_words, {1, 0, 1}, "", {"URL", ""},
     "list who is logged in",
     "The session that asks is marked with a star.\n",
     who},
    {"say", "", Scope::anywhere, OperandLayout::server_words, {2, 1, any}, "user", {"[-u USER] URL TEXT...", "[-u USER] TEXT..."},
     "say something to the others",
     "To all who are logged in, or to all sessions of USER. They see it above their prompt; a call or script of theirs\n"
     "shows it only with --verbose. Control characters are made visible.\n",
     say, RetryMeaning::does_more},
    {"discover", "", Scope::anywhere, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "find servers on the local network",
     "Those that were started with --announce. Their names, URLs and fingerprints; the fingerprint is what each says of\n"
     "itself until a connection proves it. --timeout says how long to listen (default: 1 second).\n",
     discover},
    {"doctor", "", Scope::anywhere, OperandLayout::remote, {1, 0, 1}, "", {"URL", "[PATH]"},
     "check all that is needed to work with a server",
     "Name, port, identity, login, round trip, clock, data connection; and where the user may write, speed each way and\n"
     "of the disk, with a hidden file in the directory that is removed again. A line each: ok, slow, off, failed or\n"
     "skipped. The exit code is that of the first failure.\n",
     doctor},
    {"exec", "", Scope::anywhere, OperandLayout::server_words, {1, 0, any}, "input encoding",
     {"[-i] URL [-- NAME WORD...]", "[-- NAME WORD...]"},
     "run a command on the server",
     "One of those that its operator allows; without a NAME they are listed. It runs in the directory that URL names, in\n"
     "a session in the current one. In a call of its own the exit code is the command's, 128 and the number of the signal\n"
     "that killed it, or 125 where it could not be run or took too much. -- keeps its options from being dftp-cli's.\n",
     exec, RetryMeaning::does_more},
    {"cd", "chdir", Scope::session, OperandLayout::remote, {0, 0, 1}, "", {"", "[PATH]"},
     "change the directory there (default: /)",
     "- is the directory before. ~ is /, the topmost one.\n",
     change_directory},
    {"pwd", "", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "show the directory there",
     "",
     print_directory},
    {"lcd", "", Scope::session, OperandLayout::local, {0, 0, 1}, "", {"", "[LOCAL]"},
     "change the directory here (default: home)",
     "",
     change_local_directory},
    {"lpwd", "", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "show the directory here",
     "",
     print_local_directory},
    {"lls", "ldir", Scope::session, OperandLayout::local, {0, 0, any}, local_list_options, {"", "[-alhtSr1d] [LOCAL...]"},
     "list names here",
     "As ls does there.\n",
     list_local},
    {"lmkdir", "", Scope::session, OperandLayout::local_new, {0, 1, any}, "parents", {"", "[-p] LOCAL..."},
     "make directories here",
     "",
     make_local_directories},
    {"open", "", Scope::session, OperandLayout::url, {0, 1, 1}, "", {"", "URL"},
     "go on with another server or user",
     "close comes back to this one. What runs in the background goes on.\n",
     open},
    {"bookmark", "", Scope::session, OperandLayout::words, {0, 0, 1}, "", {"", "[NAME]"},
     "give this place a name; list the names",
     "dftp-cli NAME, open NAME and URLs with NAME for the server lead back here. Names and more are kept in\n"
     "~/.config/dftp/config, as CONFIGURATION in dftp-cli(1) says.\n",
     bookmark, RetryMeaning::does_more},
    {"queue", "", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", "COMMAND"},
     "do it in the background, one after another",
     "COMMAND & does it in the background at once. What it says comes above the prompt. Without a terminal the end of\n"
     "the session waits for what is in the background.\n",
     show_jobs},
    {"jobs", "", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "show what is in the background",
     "",
     show_jobs},
    {"wait", "", Scope::session, OperandLayout::words, {0, 0, any}, "", {"", "[N...]"},
     "wait for what is in the background: all of it, or these jobs",
     "Ctrl-C ends the waiting, not the jobs.\n",
     wait_for_jobs},
    {"cancel", "", Scope::session, OperandLayout::words, {0, 1, any}, "", {"", "N...|all"},
     "stop jobs; the same command goes on from there later",
     "",
     cancel_jobs},
    {"history", "", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "show the lines that were typed",
     "",
     show_history},
    {"completions", "", Scope::anywhere, OperandLayout::words, {1, 1, 1}, "", {"SHELL", "SHELL"},
     "print completions for bash, zsh or fish",
     "For the shell to read: source <(dftp-cli completions bash). They are installed along with dftp-cli.\n",
     print_completions},
    {"complete", "", Scope::anywhere, OperandLayout::url, {1, 1, 1}, "", {"WORD", "WORD"},
     "print the URLs that begin with WORD",
     "For the completions of shells: servers that were found by discover or are known, and names on a server that is\n"
     "known and lets one in without a question. Nothing and exit code 0 where there are none, after two seconds at most.\n",
     complete},
    {"help", "?", Scope::anywhere, OperandLayout::words, {0, 0, 1}, "", {"[VERB]", "[VERB]"},
     "explain",
     "",
     help},
    {"close", "disconnect", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "end the session; after open: go back to the one before",
     "",
     close},
    {"quit", "bye exit", Scope::session, OperandLayout::words, {0, 0, 0}, "", {"", ""},
     "end all sessions",
     "",
     quit},
};
// clang-format on

}  // namespace

std::span<const Verb> all_verbs() {
  return verbs;
}

const Verb* find_verb(std::string_view name) {
  const auto found =
      std::ranges::find_if(verbs, [&](const Verb& verb) { return verb.name == name || has_word(verb.aliases, name); });
  return found == std::end(verbs) ? nullptr : &*found;
}

}  // namespace dftp::cli
