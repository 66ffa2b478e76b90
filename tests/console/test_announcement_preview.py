"""What an official reads of Zalo's recipients before an announcement goes out."""

from console.announcement_preview import windows
from handlers.audience import Decision, Tally
from handlers.reach import Window


def _tally(**numbers: int) -> Tally:
    tally = Tally()
    for window, number in numbers.items():
        for n in range(number):
            tally.add("11020", Decision("zalo", n, None, Window(window)))
    return tally


def test_each_way_has_its_number_and_its_price() -> None:
    free, paid, template = windows(_tally(free=3, paid=2, template=5))

    assert "3 người nhắn được miễn phí" in free
    assert "2 người phải trả phí" in paid
    assert "110 đồng" in paid
    assert "5 người chỉ nhận được tin theo mẫu" in template
    assert "Mỗi tin tốn tiền theo mẫu đã duyệt" in template
    assert "không cho hỏi trước giá và số tin còn gửi được" in template


def test_what_nobody_gets_is_not_spoken_of() -> None:
    assert windows(_tally()) == []
    assert len(windows(_tally(template=1))) == 1


def test_that_nobody_pays_just_now_is_said() -> None:
    tally = _tally(free=3)
    tally.unpaid = True

    assert any("đang tạm ngừng" in sentence for sentence in windows(tally))
