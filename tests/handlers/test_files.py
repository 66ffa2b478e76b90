"""What comes besides words: how much, of which kind, under which name, and what is said of it."""

from dataclasses import replace

import pytest

from handlers import conversation, dialogue_table, feedback_texts, file_texts, texts
from handlers.files import MAX_FILE_BYTES, MAX_FILES_A_DAY, harmless_name
from handlers.messages import FileKind, Outbound
from handlers.secrets import Masked
from handlers.turn import Turn
from storage import files
from storage.tables import attachments, messages
from tests.handlers.resident import Resident
from tests.samples import kept_photo, wanted_photo

PDF = "application/pdf"


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("đơn xin.pdf", "đơn xin.pdf"),
        ("ĐƠN.PDF", "ĐƠN.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini.pdf"),
        ("C:\\đơn.pdf", "đơn.pdf"),
        ("/", "tep.pdf"),
        ("", "tep.pdf"),
        ("..", "tep.pdf"),
        (".pdf", "tep.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("đơn.exe", "đơn.exe.pdf"),
        ("đơn.pdf.exe", "đơn.pdf.exe.pdf"),
        ("đơn\u202efdp.exe", "đơnfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x\x00\u200b.pdf", "aSet-Cookie_ x.pdf"),
        ('a"b<c>d|e?f*g:h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("đơn  ", "đơn.pdf"),
        ("đ" * 500 + ".pdf", "đ" * 116 + ".pdf"),
        ("ca\u0301m on.pdf", "cám on.pdf"),
        ("\ud83d.pdf", "_.pdf"),
    ],
)
def test_name_is_made_harmless(name: str, harmless: str) -> None:
    assert harmless_name(name, FileKind.FILE, PDF) == harmless
    assert len(harmless) <= 120


@pytest.mark.parametrize("name", ["mái nhà.png", "mái nhà.JPEG", "mái nhà.webp", "mái nhà.jpg"])
def test_picture_has_the_ending_of_what_is_kept(name: str) -> None:
    assert harmless_name(name, FileKind.PHOTO, "image/jpeg") == "mái nhà.jpg"


async def test_photo_alone_is_kept_with_its_message_and_asked_about(resident: Resident) -> None:
    assert await resident.send(files=(kept_photo(name="../mái.png"),)) == file_texts.KEPT

    (row,) = await resident.rows(attachments)
    said = [m for m in await resident.rows(messages) if m.direction == "in"][-1]
    assert (row.message_id, row.status, row.kind, row.name) == (said.id, "stored", "photo", "mái.jpg")
    assert (row.file, row.bytes, row.width, row.height) == ("a" * 32, 1000, 60, 40)
    assert row.case_id is None
    assert await resident.questions() == []


async def test_album_is_asked_about_once(resident: Resident) -> None:
    """Each of its pictures is a message; all are kept."""
    said = [await resident.send(files=(kept_photo(f"{n:032x}"),)) for n in range(3)]
    assert said == [file_texts.KEPT, "", ""]
    assert len(await resident.rows(attachments)) == 3
    resident.wait(121)
    assert await resident.send(files=(kept_photo("b" * 32),)) == file_texts.KEPT


async def test_photo_is_offered_to_be_told(resident: Resident) -> None:
    await resident.send(files=(kept_photo(),))

    use = f"1:feedback:use:{resident.receipts[-1].message_id}"
    assert [(b.label, b.payload) for b in resident.buttons] == [(feedback_texts.BUTTON_START, use)]


async def test_file_at_the_channel_is_wanted_at_once_and_its_reference_sealed(resident: Resident) -> None:
    assert await resident.send(files=(wanted_photo("AgACAgUAAx"),)) == file_texts.KEPT

    (row,) = await resident.rows(attachments)
    assert (row.status, row.not_before, row.file) == ("wanted", resident.now, None)
    assert b"AgACAgUAAx" not in row.ref_sealed


async def test_too_large_a_file_is_refused_before_it_is_fetched(resident: Resident) -> None:
    assert await resident.send(files=(wanted_photo(size=MAX_FILE_BYTES + 1),)) == file_texts.TOO_LARGE
    await resident.send("giá vàng hôm nay thế nào", files=(wanted_photo(size=MAX_FILE_BYTES + 1),))
    assert [m.text for m in resident.replies] == [texts.UNKNOWN, file_texts.TOO_LARGE]
    assert [row.status for row in await resident.rows(attachments)] == ["refused", "refused"]


async def test_sixth_file_of_a_message_is_not_taken(resident: Resident) -> None:
    said = await resident.send(files=tuple(kept_photo(f"{n:032x}") for n in range(7)))

    assert said == f"{file_texts.KEPT}\n\n{file_texts.TOO_MANY}"
    assert [row.status for row in await resident.rows(attachments)] == ["stored"] * 5 + ["refused"] * 2


async def test_so_many_files_a_day_are_taken_and_the_next_day_again(resident: Resident) -> None:
    for n in range(MAX_FILES_A_DAY):
        resident.wait(130)
        await resident.send(files=(kept_photo(f"{n:032x}"),))
    assert resident.reply == file_texts.KEPT
    assert await resident.send(files=(kept_photo("b" * 32),)) == file_texts.TOO_MANY_TODAY
    resident.wait(24 * 3600)
    assert await resident.send(files=(kept_photo("c" * 32),)) == file_texts.KEPT


async def test_repeated_message_adds_no_second_row(resident: Resident) -> None:
    for _ in range(2):
        await resident.send(files=(kept_photo(),), external_id="same")
    assert len(await resident.rows(attachments)) == 1


async def test_file_of_a_turn_that_failed_is_kept_with_its_message(resident: Resident) -> None:
    inbound = Masked(replace(resident.inbound("x"), files=(kept_photo(),)))
    await resident.database.write(conversation.apologise, inbound, None, resident.carrier, resident.now)
    assert [row.status for row in await resident.rows(attachments)] == ["stored"]


async def test_place_and_what_nobody_can_read_are_answered(resident: Resident) -> None:
    assert await resident.send(place=(20.94, 106.33)) == file_texts.PLACE
    assert await resident.send(other=True) == file_texts.OTHER
    assert await resident.send() == texts.EMPTY
    assert await resident.questions() == []


async def test_dialogue_that_takes_files_hears_of_them(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await resident.press(texts.BUTTON_CHECK)
    flow = (await resident.state())["flow"]
    heard: list[int] = []

    def hear(turn: Turn) -> list[Outbound]:
        ids = [row.id for row in files.list_of_messages(turn.tx, [turn.message_id])]
        heard.extend(ids)
        return [Outbound(f"có {len(ids)} tệp")]

    monkeypatch.setattr(conversation, "TAKING", frozenset((flow,)))
    monkeypatch.setattr(dialogue_table.FLOWS[flow], "hear", hear)

    assert await resident.send(files=(kept_photo(),)) == "có 1 tệp"
    assert heard == [row.id for row in await resident.rows(attachments)]
