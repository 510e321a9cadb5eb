"""What redaction leaves out: members by name, or kinds of personal data by what is in them."""

from buildrunner.ledger import record as ledger
from buildrunner.server.domains.audit.rules.redaction import left

NAME = ledger.disclose("/actor/name", "Ada")
NOTE = ledger.disclose("/payload/data/note", "write to ada@lovelace.dev")
PLAIN = ledger.disclose("/payload/data/label", "release 7")


def test_members_by_name_and_kinds_by_content() -> None:
    every = [NAME, NOTE, PLAIN]
    assert left(every, []) == every
    assert left(every, ["*"]) == []
    assert left(every, ["name"]) == [NOTE, PLAIN]
    assert left(every, ["emails"]) == [NAME, PLAIN]
    assert left(every, ["names", "note"]) == []
    assert left(every, ["text"]) == [NAME, PLAIN]
