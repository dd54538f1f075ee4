"""Holds what the devices show against what the server holds, and both against what people were told."""

from itertools import zip_longest
from typing import Any

from msgspec.structs import replace

from desktop_chat.core import attachments
from desktop_chat.protocol.records import Message
from tests.offline.ledger import Ledger, Sent
from tests.offline.records import Talk, View
from tests.offline.truth import Kept

_SHOWN_MAX = 2


def judge(truth: dict[int, Kept], views: dict[str, tuple[int, View]], ledger: Ledger) -> list[str]:
    """Everything that is wrong, in words; ``views`` has the user's id and what is shown, by device."""
    wrong = []
    for conversation_id, kept in truth.items():
        wrong += _judge_log(conversation_id, kept)
        wrong += _judge_promises(conversation_id, kept, ledger)
    for name, (user_id, view) in views.items():
        wrong += [f"{name}: {words}" for words in _judge_view(truth, user_id, view)]
        wrong += _judge_drafts(name, view, ledger)
    wrong += _judge_sent(truth, ledger)
    return wrong


def _judge_log(conversation_id: int, kept: Kept) -> list[str]:
    wrong = []
    if [each.seq for each in kept.log] != list(range(1, len(kept.log) + 1)):
        wrong.append(f"{conversation_id}: seq is not 1..n: {[each.seq for each in kept.log]}")
    keys = [(each.client_id, each.sender_id) for each in kept.log]
    wrong += [f"{conversation_id}: {key} is stored twice" for key in set(keys) if keys.count(key) > 1]
    for entry in kept.log:
        if missing := set(entry.file_ids) - kept.whole_files:
            wrong.append(f"{conversation_id}: message {entry.seq} shows {missing}, not whole")
    for user_id, talk in kept.talks.items():
        others = [each for each in kept.log if each.action is None and each.sender_id != user_id]
        unread = sum(1 for each in others if each.seq > talk.read_seq)
        if unread != talk.unread:
            wrong.append(f"{conversation_id}: the server counts {talk.unread} unread for {user_id}: {unread}")
    return wrong


def _judge_view(truth: dict[int, Kept], user_id: int, view: View) -> list[str]:
    wrong = [*view.faults, *view.trouble]
    if view.echoes or view.queued:
        wrong.append(f"not sent: {view.echoes}, {view.queued} in the outbox")
    mine = {id_: kept.talks[user_id] for id_, kept in truth.items() if user_id in kept.talks}
    if set(view.talks) != set(mine):
        wrong.append(f"lists {sorted(view.talks)}, and is in {sorted(mine)}")
    for id_, wanted in mine.items():
        if id_ in view.talks:
            wrong += [f"{id_}: {words}" for words in _differences(view.talks[id_], wanted)]
    return wrong


def _differences(found: Talk, wanted: Talk) -> list[str]:
    wrong = []
    if found.entries != wanted.entries:
        pairs = [pair for pair in zip_longest(found.entries, wanted.entries) if pair[0] != pair[1]]
        wrong.append(f"has another log, here and on the server: {pairs[:_SHOWN_MAX]}")
    rest, wanted_rest = replace(found, entries=[], draft=""), replace(wanted, entries=[])
    if rest != wanted_rest:
        wrong.append(f"is {rest}, on the server {wanted_rest}")
    return wrong


def _judge_drafts(name: str, view: View, ledger: Ledger) -> list[str]:
    wrong = []
    for id_, talk in view.talks.items():
        allowed = ledger.may_hold(("draft", name, id_), "")
        if talk.draft not in allowed:
            wrong.append(f"{name}: the draft in {id_} is {talk.draft!r}, written was {allowed}")
    return wrong


def _judge_sent(truth: dict[int, Kept], ledger: Ledger) -> list[str]:
    """Every message once, in its sender's order, and none that nobody wrote."""
    wrong, latest = [], dict[tuple[str, int], int]()
    said = {(each.conversation_id, each.user_id, each.body): each for each in ledger.sent}
    for each in ledger.sent:
        kept = truth[each.conversation_id]
        seqs = [entry.seq for entry in kept.log if _is(kept, entry, each)]
        if len(seqs) > 1:
            wrong.append(f"{each} is there {len(seqs)} times")
        if not seqs and each.client_id and not each.discarded:
            wrong.append(f"{each} is lost")
        if not seqs or each.is_file:
            continue
        line = (each.device, each.conversation_id)
        if seqs[0] < latest.get(line, 0):
            wrong.append(f"{each} is out of order")
        latest[line] = seqs[0]
    known = {each.client_id for each in ledger.sent if each.client_id}
    for id_, kept in truth.items():
        for entry in kept.log:
            first = _body(kept.bodies[entry.seq][0]) if kept.bodies[entry.seq] else None
            strange = first is not None and (id_, entry.sender_id, first) not in said
            if entry.action is None and entry.client_id not in known and strange:
                wrong.append(f"{id_}: nobody wrote {entry}")
    return wrong


def _is(kept: Kept, entry: Message, sent: Sent) -> bool:
    if entry.sender_id != sent.user_id or entry.action is not None:
        return False
    if sent.client_id:
        return entry.client_id == sent.client_id
    bodies = kept.bodies[entry.seq]
    return bool(bodies) and _body(bodies[0]) == sent.body


def _body(body: str) -> str:
    """What was said, or is said of files."""
    return attachments.decode(body).caption if body.startswith("{") else body


def _judge_promises(conversation_id: int, kept: Kept, ledger: Ledger) -> list[str]:
    """What was changed and confirmed is as it was left."""
    wrong = []
    for user_id, talk in kept.talks.items():
        noted = ledger.read.get((user_id, conversation_id), 0)
        if talk.read_seq < noted:
            wrong.append(f"{conversation_id}: {user_id} has read {noted}, the server says {talk.read_seq}")
    for key, register in ledger.registers.items():
        if not isinstance(key, tuple) or key[1] != conversation_id or key[0] == "draft":
            continue
        entry, allowed = kept.entry(key[2]), register.may_hold()
        if entry is None or (entry.deleted and key[0] != "deleted"):
            continue  # everything that was on it went with it
        if (found := _found(kept, key, entry)) not in allowed:
            wrong.append(f"{key} is {found!r}, confirmed was {allowed}")
    return wrong


def _found(kept: Kept, key: tuple[Any, ...], entry: Message) -> object:
    kind, _, seq, *who = key
    match kind:
        case "body":
            return entry.content.body if entry.content else None
        case "deleted":
            return entry.deleted
        case "pin":
            return seq in kept.talks[entry.sender_id].pinned_seqs
        case "star":
            return seq in kept.talks[who[0]].starred
        case "reaction":
            return any(each.key == who[1] and who[0] in each.user_ids for each in entry.reactions)
    raise AssertionError(key)
