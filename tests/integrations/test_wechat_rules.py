"""What WeChat holds to: the text that stands for a sticker, the day that its quotas count by."""

import pytest

from integrations.wechat.protocol import next_day, stands_for_a_sticker


@pytest.mark.parametrize(
    "content",
    [
        "【收到不支持的消息类型，暂无法显示】",
        "[收到不支持的消息类型，暂无法显示]",
        "［收到不支持的消息类型，暂无法显示］",
        "收到不支持的消息类型，暂无法显示",
        " 【收到不支持的消息类型,暂无法显示】 ",
        "【收到不支持的消息類型，暫無法顯示】",
        "[收到不支援的訊息類型，暫無法顯示]",
        "【不支持的消息类型】",
        "[Unsupported message type]",
        "[Received an unsupported message type. Unable to display it]",
        "【Unsupported message】",
        "[Message type not supported]",
        "[动画表情]",
        "[Sticker]",
        "[表情]",
        "[貼圖]",
        "[收到了一个表情，请在手机上查看]",
        "[Received a sticker. View it on your phone]",
        "[暂不支持的消息]",
    ],
)
def test_what_wechat_writes_in_place_of_a_sticker_is_known(content: str) -> None:
    assert stands_for_a_sticker(content)


@pytest.mark.parametrize(
    "content",
    [
        "收到不支持的消息类型是什么意思？",
        "为什么显示【收到不支持的消息类型，暂无法显示】",
        "[微笑]",
        "[为什么不支持语音]",
        "Unsupported message type: what does it mean",
        "How do I fix [Unsupported message type]?",
        "sticker",
        "",
    ],
)
def test_a_question_about_it_is_a_question(content: str) -> None:
    assert not stands_for_a_sticker(content)


def test_the_day_of_the_quotas_begins_at_midnight_in_beijing() -> None:
    noon_in_beijing = 1_700_000_000 - 1_700_000_000 % 86_400 + 4 * 3600.0
    assert next_day(noon_in_beijing) == noon_in_beijing + 12 * 3600
    assert next_day(noon_in_beijing + 12 * 3600) == noon_in_beijing + 36 * 3600
