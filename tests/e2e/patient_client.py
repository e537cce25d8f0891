"""An independent client with several requests under way: it keeps what comes for each until it is asked for."""
import independent_client
from independent_client import DftpError


class Client(independent_client.Client):
    def __init__(self, *server):
        self.answers = {}
        super().__init__(*server)

    def begin(self, command, **members):
        self.last_id += 1
        self.control.send_frame({"id": self.last_id, "cmd": command, "params": members})
        return self.last_id

    def take(self):
        """Keeps what comes next."""
        frame = self.control.read_frame()
        if "id" not in frame and "error" in frame:
            raise DftpError(frame["error"])
        if "event" in frame:
            self.events.append(frame)
        else:
            self.answers.setdefault(frame["id"], []).append(frame)

    def answer(self, number):
        """What comes next for this request: {"part":..}, {"result":..} or {"error":..}."""
        while not self.answers.get(number):
            self.take()
        return self.answers[number].pop(0)

    def end(self, number):
        """The result of a request, whatever parts come before it."""
        while "part" in (answer := self.answer(number)):
            pass
        if "error" in answer:
            raise DftpError(answer["error"])
        return answer["result"]

    def call(self, command, **members):
        """The result; of what goes on, the first part."""
        answer = self.answer(self.begin(command, **members))
        if "error" in answer:
            raise DftpError(answer["error"])
        return answer["part"] if "part" in answer else answer["result"]

    def ended(self, number=None):
        """How a transfer ended, by default the last that was asked for: its result, or {"error":..}."""
        answer = self.answer(number or self.last_id)
        return answer.get("result", answer)
