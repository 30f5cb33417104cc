"""Keys one after the other: those that come together, as on a slow line, are taken as if they had been typed slowly.

Textual hands a key to what has the focus when it arrives, which may be before the key ahead of it has been acted on:
of `^p board` sent in one packet all letters would go to the pane below. Here a key waits until the one ahead of it is
done with and the screen it opened, if it did, is there. No key waits for one that opens nothing, such as those that are
held down: what they change is painted once.
"""

import asyncio
from collections import deque

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

PATIENCE_S = 0.5  # after which the next key goes on, whatever has become of the one ahead
ROUNDS = 4  # of messages that a key sets off: an input says that it was submitted, its screen closes, another opens
STEPS = frozenset(("plus", "minus", "j", "k", "up", "down", "left", "right", "pageup", "pagedown", "home", "end"))


class Passed(Message):
    """Follows a key on its way from what had the focus up to the app: who meets it has seen the key before. It goes
    this way as often as messages set off others."""

    def __init__(self, number: int, rounds: int) -> None:
        super().__init__()
        self.number = number
        self.rounds = rounds


class KeysInOrder(App[int], inherit_bindings=False):
    """An app that takes keys and pastes in order."""

    def __init__(self, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._arrived: deque[events.Key | events.Paste] = deque()
        self._number = 0  # of the key under way
        self._give_up: asyncio.TimerHandle | None = None  # waiting for it; None: no key is under way
        self._screen_ahead: Screen[object] | None = None  # when it was handed on

    @property
    def keys_wait(self) -> bool:
        """Whether keys have arrived that have not been done with."""
        return self._give_up is not None or bool(self._arrived)

    async def on_event(self, event: events.Event) -> None:
        """Textual's way, but a key waits for the one ahead of it."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._arrived += _apart(event)
        if self._give_up is None:
            await self._take()

    async def _take(self) -> None:
        """Hand on the next keys, up to one that may open something."""
        while self._arrived and self.screen_stack:  # which is empty when the app has ended
            event = self._arrived.popleft()
            stays, self._screen_ahead = self._opens_nothing(event), self.screen
            await super().on_event(event)
            if not stays:
                self._number += 1
                loop = asyncio.get_running_loop()
                self._give_up = loop.call_later(PATIENCE_S, self.call_later, self._go_on, self._number)
                self._follow(Passed(self._number, ROUNDS))
                return

    def _opens_nothing(self, event: events.Key | events.Paste) -> bool:
        if isinstance(event, events.Paste) or (event.key in STEPS and not isinstance(self.screen, ModalScreen)):
            return True
        text = self.focused
        if isinstance(text, TextArea) and event.key == "enter":
            return True
        return isinstance(text, Input | TextArea) and (event.is_printable or event.key in ("backspace", "delete"))

    def _follow(self, passed: Passed) -> None:
        if self.screen_stack and not (self.focused or self.screen).post_message(passed):
            self.post_message(passed)

    def on_passed(self, passed: Passed) -> None:
        """What the key has set off so far has been done."""
        passed.stop()
        if not self.screen_stack:
            return
        if passed.rounds > 1:
            self.call_later(self._follow, Passed(passed.number, passed.rounds - 1))
        elif self.screen is self._screen_ahead or not self.screen.call_after_refresh(
            self.call_later, self._go_on, passed.number
        ):
            self.call_later(self._go_on, passed.number)

    async def _go_on(self, number: int) -> None:
        if number == self._number and self._give_up is not None:
            self._give_up.cancel()
            self._give_up = None
            await self._take()


def _apart(event: events.Key | events.Paste) -> list[events.Key | events.Paste]:
    """Escape and a letter in one packet look like the letter with alt held down, to which nothing is bound."""
    if isinstance(event, events.Key) and event.key.startswith("alt+") and event.character is not None:
        return [events.Key("escape", "\x1b"), events.Key(event.character, event.character)]
    return [event]
