"""What the steps of ``tests.server.steps`` are for a store: each the action that the server would perform."""

from collections.abc import Callable
from typing import Any

from desktop_chat.protocol import commands
from server.actions import changes, groups, messages, pointers, preferences, profile, retention
from server.actions.conversations import do_open
from server.store.writer import Writer

_LOGGED: dict[type[Any], Any] = {
    commands.SendMessage: messages.do_send,
    commands.EditMessage: changes.do_edit,
    commands.DeleteMessage: changes.do_delete,
    commands.React: changes.do_react,
    commands.PinMessage: changes.do_pin,
    commands.AddMembers: groups.do_add_members,
    commands.RemoveMember: groups.do_remove_member,
    commands.SetRole: groups.do_set_role,
    commands.SetInfo: groups.do_set_info,
    commands.CreateGroup: groups.do_create_group,
}


def operation(step: Any, now_ms: int) -> Callable[[Writer], Any]:
    """A step of ``tests.server.steps`` for a store."""

    def run(writer: Writer) -> Any:
        match step:
            case ("expire", int(id_), int(seq)):
                conversation = writer.conversation(id_)
                if conversation is None or seq > conversation.last_seq + 1:
                    return None
                return retention.do_expire(writer, id_, seq)
            case ("fail", int(id_)):
                writer.touch_conversation(id_, writer.next_position())
                raise RuntimeError("a bug after a change")
            case (int(user_id), command):
                return _do(writer, user_id, command, now_ms)
        raise AssertionError(step)

    return run


def _do(writer: Writer, user_id: int, command: commands.AnyCommand, now_ms: int) -> Any:
    if type(command) in _LOGGED:
        return _LOGGED[type(command)](writer, command, user_id, now_ms)
    match command:
        case commands.OpenConversation():
            return do_open(writer, user_id, command.user_id)
        case commands.MarkRead():
            return pointers.do_mark_read(writer, command.conversation_id, user_id, command.seq, now_ms)
        case commands.MarkDelivered():
            return pointers.do_mark_delivered(writer, command.conversation_id, user_id, command.seq, now_ms)
        case commands.SetPreferences():
            return preferences.do_set_preferences(writer, command, user_id)
        case commands.StarMessage():
            return preferences.do_star(writer, command, user_id)
        case commands.BlockUser():
            return profile.do_block(writer, user_id, command.user_id, command.on)
        case commands.UpdateProfile():
            return profile.do_update_profile(writer, command, user_id)
        case commands.UpdateSettings():
            return profile.do_update_settings(writer, command, user_id)
    raise AssertionError(command)
