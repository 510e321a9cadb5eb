"""The screen: tree on the left, one entity on the right, the standing above, keys below."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable
from typing import Any

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from buildrunner.cli.config import Settings
from buildrunner.cli.layout import flat
from buildrunner.cli.tui.asking import AskText, Choose, Confirm, Refused
from buildrunner.cli.tui.detail import describe
from buildrunner.cli.tui.news import follow
from buildrunner.cli.tui.snapshot import Marks, Snapshot, marks_of
from buildrunner.cli.tui.tree import PlanTree, plain
from buildrunner.spec.errors import SpecError
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.program import Answer, run

LOOK_EVERY = 0.5
# Several events come from one change.
_TOGETHER = 0.2
CONFLICT = 5


class PlanApp(App[None]):
    """The plan of one workspace. `project_id` is that of the linked server, "" where none is asked."""

    TITLE = "BuildRunner"
    CSS_PATH = "screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]
    BINDINGS = [
        Binding("s", "begin", "Start"),
        Binding("d", "finish", "Done"),
        Binding("b", "block", "Block"),
        Binding("t", "reopen", "To do", show=False),
        Binding("c", "claim", "Claim"),
        Binding("r", "prove", "Run checks"),
        Binding("v", "vouch", "Sign off", show=False),
        Binding("a", "add", "Add"),
        Binding("e", "rename", "Edit"),
        Binding("x", "remove", "Remove", show=False),
        Binding("u", "undo", "Undo"),
        Binding("n", "next", "Next"),
        Binding("slash", "filter", "Find", key_display="/"),
        Binding("y", "sync", "Sync"),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
        Binding("escape", "unfilter", "Everything", show=False),
        Binding("question_mark", "show_help_panel", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, workspace: Workspace, settings: Settings, project_id: str) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.project_id = project_id
        self.snapshot: Snapshot | None = None
        self.standing = ""
        self.head = Static(id="head")
        self.rows = PlanTree()
        self.pane = Static(id="detail")
        self.words = Input(placeholder="words of an id, a title, an owner or a status", id="filter")
        self._marks: Marks = ()
        self._writing = asyncio.Lock()
        self._wanted = asyncio.Event()

    # What is there

    def compose(self) -> ComposeResult:
        """The four parts of the screen."""
        yield self.head
        with Horizontal(id="body"):
            yield self.rows
            with VerticalScroll(id="side"):
                yield self.pane
        yield self.words
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Read the plan, then watch the files and the server."""
        self.words.display = False
        self.reload()
        self.rows.focus()
        self.set_interval(LOOK_EVERY, self._look)
        if self.project_id:
            self._wanted.set()
            self.exchange()
            self.listen()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette names what the keys do."""
        for binding in self.BINDINGS:
            if isinstance(binding, Binding):
                yield SystemCommand(
                    binding.description,
                    f"key {binding.key_display or binding.key}",
                    lambda action=binding.action: self.call_later(self.run_action, action),
                )
        yield from super().get_system_commands(screen)

    def _look(self) -> None:
        if marks_of(self.workspace) != self._marks:
            self.reload()

    def reload(self) -> None:
        """Read everything anew; a plan that cannot be read is told, what was there stays."""
        self._marks = marks_of(self.workspace)
        try:
            self.snapshot = Snapshot(self.workspace)
        except (WorkspaceError, SpecError) as error:
            self.head.update(Text(f"{error}  next: br lint", "bold red"))
            return
        self._draw()

    def _draw(self) -> None:
        if self.snapshot is None:
            return
        words = self.words.value.strip()
        only = self.snapshot.matching(words) if words else None
        self.rows.draw(self.snapshot, only)
        self._head(self.snapshot)
        self._describe(self.rows.chosen)

    def _head(self, snapshot: Snapshot) -> None:
        found = snapshot.summary
        counts = found["counts"]
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(plain(flat(found["title"])) or "untitled", "bold")
        text.append(f"  {counts['done']} of {counts['total']} done, {snapshot.proven} proven")
        text.append(f"  {counts['doing']} doing  {counts['blocked']} blocked", "dim")
        text.append(f"  {counts['ready']} ready", "dim")
        if self.standing:
            text.append(f"   {plain(self.standing)}", "yellow")
        self.head.update(text)

    def _describe(self, identifier: str) -> None:
        entity = self.snapshot.entities.get(identifier) if self.snapshot else None
        if self.snapshot is None or entity is None:
            self.pane.update(Text("An empty plan: a adds the first milestone.", "dim"))
            return
        self.pane.update(describe(self.snapshot, entity))

    def on_tree_node_highlighted(self, event: PlanTree.NodeHighlighted[str]) -> None:
        """The pane follows the cursor."""
        self._describe(event.node.data or "")

    # What is done

    @property
    def chosen(self) -> str:
        """The id under the cursor."""
        return self.rows.chosen

    def _kind(self) -> str:
        entity = self.snapshot.entities.get(self.chosen) if self.snapshot else None
        return entity.kind if entity else "root"

    async def _run(self, *words: str) -> Answer:
        """One command after the other."""
        async with self._writing:
            answer = await run(self.workspace.root, *words)
        self._look()
        return answer

    async def br(self, *words: str) -> Answer:
        """Run a command; a refusal is shown, and what would help may be run."""
        answer = await self._run(*words)
        if answer.error:
            command = await self.push_screen_wait(Refused(answer))
            if command:
                return await self.br(*shlex.split(command))
        elif answer.message:
            self.notify(plain(answer.message), markup=False)
        if answer.code == 0:
            self._wanted.set()
        return answer

    def _microstep(self) -> str:
        if self._kind() == "microstep":
            return self.chosen
        self.notify("That is done with microsteps; this is a group.", severity="warning")
        return ""

    @work
    async def action_begin(self) -> None:
        """`br start`."""
        if chosen := self._microstep():
            await self.br("start", chosen)

    @work
    async def action_finish(self) -> None:
        """`br done`: refused until it is proven."""
        if chosen := self._microstep():
            await self.br("done", chosen)

    @work
    async def action_reopen(self) -> None:
        """`br todo`."""
        if chosen := self._microstep():
            await self.br("todo", chosen)

    @work
    async def action_prove(self) -> None:
        """`br qa run`."""
        if chosen := self._microstep():
            self.notify(f"running the checks of {chosen}")
            await self.br("qa", "run", chosen)

    @work
    async def action_vouch(self) -> None:
        """`br qa signoff`, after a yes."""
        if chosen := self._microstep():
            question = f"Do you vouch that every criterion of {chosen} holds?"
            if await self.push_screen_wait(Confirm(question)):
                await self.br("qa", "signoff", chosen)

    @work
    async def action_claim(self) -> None:
        """`br claim`, or `br release` where it is held."""
        if (chosen := self._microstep()) and self.snapshot:
            await self.br("release" if chosen in self.snapshot.claims else "claim", chosen)

    @work
    async def action_block(self) -> None:
        """`br block`, with the reason."""
        if chosen := self._microstep():
            reason = await self.push_screen_wait(AskText(f"What does {chosen} wait for?"))
            if reason:
                await self.br("block", chosen, f"--reason={reason}")

    @work
    async def action_rename(self) -> None:
        """`br plan edit --title`."""
        entity = self.snapshot.entities.get(self.chosen) if self.snapshot else None
        if entity is not None:
            before = flat(entity.value.get("title"))
            title = await self.push_screen_wait(AskText(f"The title of {entity.id}", before))
            if title and title != before:
                await self.br("plan", "edit", entity.id, f"--title={title}")

    @work
    async def action_add(self) -> None:
        """`br plan add`: below a group, behind a microstep."""
        entity = self.snapshot.entities.get(self.chosen) if self.snapshot else None
        if entity is None:
            where, what = [], "milestone"
        elif entity.kind == "microstep":
            where, what = [entity.parent, f"--after={entity.id}"], f"microstep after {entity.id}"
        else:
            below = "step" if entity.kind == "milestone" else "microstep"
            where, what = [entity.id], f"{below} of {entity.id}"
        title = await self.push_screen_wait(AskText(f"The title of the new {what}"))
        if title:
            options = [word for word in where if word.startswith("--")]
            parents = [word for word in where if not word.startswith("--")]
            answer = await self.br("plan", "add", *options, "--", *parents, title)
            for identifier in answer.value.get("added") or []:
                self.rows.choose(identifier)

    @work
    async def action_remove(self) -> None:
        """`br plan remove --cascade`, after a yes."""
        if chosen := self.chosen:
            question = f"Remove {chosen} and what is in it? u takes it back."
            if await self.push_screen_wait(Confirm(question)):
                await self.br("plan", "remove", chosen, "--cascade")

    @work
    async def action_undo(self) -> None:
        """`br undo`."""
        await self.br("undo")

    def action_next(self) -> None:
        """Go to the microstep that `br next` names."""
        best = self.snapshot.summary["next"] if self.snapshot else []
        if best:
            self.rows.choose(best[0]["id"])
        else:
            self.notify("Nothing is ready.", severity="warning")

    def action_down(self) -> None:
        """As in vi."""
        self.rows.action_cursor_down()

    def action_up(self) -> None:
        """As in vi."""
        self.rows.action_cursor_up()

    # Finding

    def action_filter(self) -> None:
        """Ask for words."""
        self.words.display = True
        self.words.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow as they are typed."""
        if event.input.id == "filter":
            self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the tree, narrowed."""
        if event.input.id == "filter":
            event.input.display = bool(event.value.strip())
            self.rows.focus()

    def action_unfilter(self) -> None:
        """Everything again; what was chosen stays chosen."""
        chosen = self.chosen
        self.words.value = ""
        self.words.display = False
        self._draw()
        self.rows.choose(chosen)
        self.rows.focus()

    # Together

    @work
    async def listen(self) -> None:
        """Sync when the server tells of a change."""
        async for _ in follow(self.settings, self.project_id):
            self._wanted.set()

    @work
    async def exchange(self) -> None:
        """`br sync` whenever it is wanted; what it says stands in the head line."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(_TOGETHER)
            self._wanted.clear()
            self.standing = _told(await run(self.workspace.root, "sync"))
            self._look()
            if self.snapshot:
                self._head(self.snapshot)

    @work
    async def action_sync(self) -> None:
        """`br sync`; what both sides changed is asked one by one."""
        answer = await self._run("sync")
        if answer.code == CONFLICT:
            await self._settle(answer.value.get("conflicts") or [])
        elif answer.error:
            await self.push_screen_wait(Refused(answer))
        else:
            self.notify(plain(answer.message), markup=False)
        self._wanted.set()

    async def _settle(self, conflicts: list[dict[str, Any]]) -> None:
        for place, conflict in enumerate(conflicts, 1):
            side = await self.push_screen_wait(Choose(conflict, f"{place} of {len(conflicts)}"))
            if side is None:
                return
            name = f"{conflict['id']}.{conflict['field']}"
            answer = await self._run("reconcile", name, side)
            # As long as some are open the answer is that they are.
            if answer.error and answer.code != CONFLICT:
                await self.push_screen_wait(Refused(answer))
                return


def _told(answer: Answer) -> str:
    """What a sync in the background came to."""
    if answer.code == CONFLICT:
        return f"{len(answer.value.get('conflicts') or [])} in conflict: y settles"
    if answer.error:
        return f"{answer.error.get('message')}: kept here, nothing is lost"
    if answer.value.get("refused"):
        return f"{len(answer.value['refused'])} refused as unproven: y tells"
    return f"in sync, revision {answer.value.get('revision')}"
