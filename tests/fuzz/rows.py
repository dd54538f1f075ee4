"""What holds of a server's rows at any time."""

from server.store.memory_state import MemoryState
from tests.simulation import invariants


def check(state: MemoryState) -> None:
    """Hold the logs to the invariants, and what is around them to them. Raises AssertionError."""
    invariants.check_state(state)
    for conversation_id, members in state.members.items():
        conversation = state.conversations[conversation_id]
        if conversation.kind == "group" and members:
            assert any(row.role == "owner" for row in members.values()), f"{conversation} has no owner"
        assert all(each >= conversation.first_seq for each in conversation.info.pinned_seqs), (
            "a pin of nothing"
        )
    alive = {
        (each.conversation_id, each.seq)
        for log in state.messages.values()
        for each in log
        if not each.deleted
    }
    assert state.versions.keys() <= alive, "versions of what is deleted"
    assert {each for each, reactions in state.reactions.items() if reactions} <= alive, "reactions to nothing"
    deleted = [each for log in state.messages.values() for each in log if each.deleted]
    assert all(each.content is None and not each.file_ids for each in deleted), (
        "what is deleted says something"
    )
    kept = {each.message_id for log in state.messages.values() for each in log if not each.deleted}
    assert all(use[2] < 1 or use[2] in kept for use in state.file_uses), "a file is used by nothing"
    people = [each for each in state.users.values() if not each.is_deleted]
    assert not people or any(each.is_admin for each in people), "nobody is admin"
