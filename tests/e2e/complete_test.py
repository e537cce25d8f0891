"""Completion of URLs: what dftp-cli knows of them, and what bash, zsh and fish make of it at a terminal."""
import json
import os
import shutil
import signal
import time
import unittest

from harness import BIN, USER, Case, make_file
from terminal import CTRL_C, CTRL_U, TAB, Terminal

# The ends of the prompts of bash, zsh and fish, for root and others.
PROMPTS = ("# ", "$ ", "% ", "> ")


class Complete(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        for name in ("my report.txt", "资料/射频仿真.doc", "资料/天线.doc", ".hidden"):
            make_file(self.dir / "share" / name, 10)
        self.cli(self.host).run("ls", self.host.url())  # the server is known from here on
        self.client = self.cli()

    def complete(self, word, **more):
        done = self.client.run("complete", "--", word, **more)
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().splitlines()

    def announce(self, name, host):
        cache = self.client.home / ".cache/dftp"
        cache.mkdir(parents=True, exist_ok=True)
        with open(cache / "servers", "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "host": host, "port": 2121, "fingerprint": "SHA256:x"}) + "\n")

    def test_servers_that_are_known_or_were_found(self):
        self.announce("照片", "192.0.2.7")
        known = f"dftp://{self.host.host}:{self.host.port}/"
        for word in ("", "dft", "dftp://"):
            self.assertEqual(self.complete(word), [known, "dftp://192.0.2.7/"], word)
        self.assertEqual(self.complete("dftp://ann@192"), ["dftp://ann@192.0.2.7/"])
        self.assertEqual(self.complete("照"), ["dftp://192.0.2.7/"])
        self.assertEqual(self.complete("x"), [])

    def test_names_on_a_server(self):
        url = self.host.url()
        self.assertEqual(self.complete(url), [url + "my%20report.txt", url + "资料/"])
        self.assertEqual(self.complete(url + "资料/天"), [url + "资料/天线.doc"])
        self.assertEqual(self.complete(url + "资料/%E5%A4%A9"), [url + "资料/%E5%A4%A9线.doc"])
        self.assertEqual(self.complete(url + ".h"), [url + ".hidden"])
        for word in (url + "none", url + "none/", url + "..", "dftp://a b/", "dftp+unix://x"):
            self.assertEqual(self.complete(word), [], word)
        self.assertEqual(self.client.result("complete", url + "my")["entries"], [{"url": url + "my%20report.txt"}])

    def test_nobody_is_asked_and_nobody_waits(self):
        self.host.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        try:
            self.assertEqual(self.complete(self.host.url("/my")), [])
        finally:
            self.host.process.send_signal(signal.SIGCONT)
        self.assertLess(time.monotonic() - begun, 4)
        # At a terminal, where others would ask: about a server that is not known, and for a password.
        for home, password in (("stranger", "x"), ("home", None)):
            client = self.cli(password=password)
            client.env["HOME"] = str(self.dir / home)
            with Terminal([BIN / "dftp-cli", "complete", self.host.url("/my")], client.env) as terminal:
                self.assertEqual((terminal.ended(5), terminal.text()), (0, ""))

    # ---- at the prompt of a session

    def test_open_completes_servers_and_names_there(self):
        self.announce("照片服务器", "192.0.2.7")
        with Terminal([BIN / "dftp-cli", self.host.url()], self.client.env, columns=40, cwd=self.client.home) as terminal:
            terminal.wait_prompt()
            for typed, expected in (("open dftp://192", "open dftp://192.0.2.7/"), ("open 照", "open dftp://192.0.2.7/"),
                                    ("open " + self.host.url("/资"), "open " + self.host.url("/资料/")), ("lmkdir .ca", "lmkdir .cache/"),
                                    ("sync :资", "sync :资料/"), ("verify .ca", "verify .cache/")):
                terminal.type(typed + TAB)
                terminal.wait(lambda lines, end=expected: "".join(lines).endswith("> " + end))
                terminal.type(CTRL_C)
                terminal.wait_prompt()

    # ---- in shells

    def in_shell(self, shell, command, setup, cases):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        env = self.client.env | {"PATH": f"{BIN}:{os.environ['PATH']}"}
        make_file(self.client.home / "本地 file", 10)
        with Terminal(command, env, columns=100, cwd=self.client.home) as terminal:
            # What is typed before a shell reads is shown twice, or lost.
            terminal.wait_prompt(PROMPTS)
            terminal.type(setup + "; echo rea''dy\r")
            terminal.wait("\nready")
            terminal.wait_prompt(PROMPTS)
            for typed, expected in cases:
                def shown(lines, end=expected):
                    return any(line.replace("\\%", "%").endswith(end) for line in lines)  # fish quotes the %
                terminal.type(typed + TAB)
                terminal.wait(shown)
                terminal.type(CTRL_U)
                terminal.wait(lambda lines: not shown(lines))
                terminal.wait_prompt(PROMPTS)

    def cases(self, space):
        url = self.host.url()
        return [("dftp-cli ls " + url + "my", url + "my%20report.txt"), ("dftp-cli ls " + url + "资料/天", url + "资料/天线.doc"),
                ("dftp-cli cat dftp://127.0.0.1:", self.host.url(user="")), ("dftp-cli put 本", f"put 本地{space}file"),
                ("dftp-mount " + url + "资", url + "资料/"), ("dftp-cli " + url + "资", "dftp-cli " + url + "资料/"),
                ("dftp-server user pas", "dftp-server user passwd"), ("dftp-server --anon", "--anonymous"),
                ("dftp-mount --defau", "--default-permissions")]

    def test_bash(self):
        self.in_shell("bash", ["bash", "--norc", "--noprofile", "-i"],
                      "source <(dftp-cli completions bash; dftp-server completions bash; dftp-mount --completions bash)", self.cases("\\ "))

    def test_zsh(self):
        self.in_shell("zsh", ["zsh", "-f", "-i"],
                      "autoload -U compinit; compinit -u -D; source <(dftp-cli completions zsh); source <(dftp-server completions zsh); "
                      "source <(dftp-mount --completions zsh)", self.cases("\\ "))

    def test_fish(self):
        self.in_shell("fish", ["fish", "--no-config", "-i"],
                      "dftp-cli completions fish | source; dftp-server completions fish | source; dftp-mount --completions fish | source",
                      self.cases("\\ "))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
