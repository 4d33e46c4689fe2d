"""English lessons: their topics and levels, and how the model is asked for a summary."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from settings.sections.kinds import Items, LessonSummary, LevelPrompts, Topic
from settings.sections.section import Section

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "初级": "学生是初学者：用最常见的词和很短的句子，难的地方附上中文。",
        "中级": "学生有一定基础：用日常的词和自然的句子。",
        "高级": "学生水平很高：像和母语者那样聊，可以用地道的说法。",
    }
)


class LessonSettings(Section):
    """What a follower can choose from."""

    topics: Items[Topic] = (
        "打招呼",
        "点餐",
        "机场",
        "酒店",
        "购物",
        "面试",
        "看病",
        "问路",
        "打电话",
        "闲聊",
    )
    levels: LevelPrompts = Field(default_factory=lambda: dict(LEVELS))
    summary_prompt: LessonSummary = (
        "这节课到这里。请用中文给我一个简短的小结：练了什么，哪里说得好，"
        "最值得改的两三处（附上更好的英文说法），值得记住的三五个词或句子，最后鼓励我一句。"
    )
