"""What followers read and say: the texts of the server, and the words that are commands."""

from settings.sections.kinds import (
    CommandWords,
    Label,
    NameAndLink,
    Note,
    NoteAboutToday,
    NoteWithLink,
    NoteWithPercent,
    NoteWithTime,
    Pronounced,
    PronouncedWell,
    ReplyAboutData,
    ReplyOrNone,
    ReplyToConfirm,
    ReplyWithWait,
    SpokenWord,
    SpokenWords,
)
from settings.sections.section import Section
from settings.taps import with_links


class Texts(Section):
    """What followers read. Those with a way to the rest are for `str.format`, the others as is."""

    continue_words: SpokenWords = (
        "继续",
        "接着",
        "往下",
        "下一页",
        "下页",
        "more",
        "continue",
        "go on",
        "keep going",
        "next",
        "next page",
    )
    more: NoteWithLink = "…… 还没说完，稍后点击{link}或回复“{word}”接着看"
    rest: NoteWithLink = "（未完，点击{link}或回复“{word}”查看）"
    still_thinking: NoteWithLink = "还在想…… 稍后点击{link}或回复“{word}”取回答"
    nothing_more: ReplyOrNone = "没有没看完的了，想问什么直接发给我吧。"
    earlier_waits: NoteWithLink = "（较早的一条回答还没看完，点击{link}或回复“{word}”查看）"
    later_waits: NoteWithLink = "（后面一条回答也好了，点击{link}或回复“{word}”查看）"
    voice_later: NoteWithLink = "（语音还在准备，稍后点击{link}或回复“{word}”收听）"
    suggested: Note = "想接着问："
    cut_by_length: Note = "（篇幅到上限了，回答到此为止）"
    broken_off: Note = "（回答中断了，先看到这里吧）"
    apology: ReplyOrNone = "抱歉，这次没能答上来，请稍后再问一次。"
    empty_message: ReplyOrNone = "没有收到文字，请再说一遍吧。"
    too_busy: ReplyOrNone = "现在问的人太多，请过一两分钟再发。"
    too_many_waiting: ReplyOrNone = "一条一条来，前面的问题还在想，请稍后再发。"
    text_words: CommandWords = (
        "文字",
        "看文字",
        "转文字",
    )
    nothing_spoken: ReplyOrNone = "刚才没有语音回答，想问什么直接发给我吧。"
    voice_on_words: CommandWords = (
        "语音 开",
        "语音开",
        "语音打开",
        "语音开启",
        "开语音",
        "打开语音",
        "开启语音",
        "语音模式",
        "语音回答",
        "语音回复",
        "用语音回答",
        "voice on",
    )
    voice_on: ReplyOrNone = "好的，以后我都用语音回答。想改回来，就发“{tap:语音 关}”。"
    voice_off_words: CommandWords = (
        "语音 关",
        "语音关",
        "语音关闭",
        "语音关掉",
        "关语音",
        "关闭语音",
        "关掉语音",
        "不要语音",
        "文字模式",
        "用文字回答",
        "voice off",
    )
    voice_off: ReplyOrNone = "好的，以后我都用文字回答。想听语音，就发“{tap:语音 开}”。"
    no_voice: ReplyOrNone = "这里还没有开通语音回答，我先用文字陪你聊吧。"
    mine_words: CommandWords = (
        "我的",
        "我的数据",
        "我的信息",
        "我的账号",
        "我的设置",
    )
    mine: ReplyAboutData = (
        "这里存着你的{messages}条消息，最早的一条是{since}的，{until}就会删掉："
        "每条答完之后保存{days}天。"
    )
    mine_today: NoteAboutToday = "今天提了{today}个问题。"
    mine_today_of: NoteAboutToday = "今天提了{today}个问题，一天最多{limit}个。"
    mine_tokens: NoteWithPercent = "今天的用量用掉了{percent}%。"
    mine_as_asked: Note = "文字提问用文字回答，语音提问用语音回答。"
    mine_persona: NameAndLink = "现在陪你聊的是{name}，{link}。"
    mine_spoken: Note = "回答都用语音。"
    mine_written: Note = "回答都用文字。"
    export_words: CommandWords = (
        "导出",
        "导出对话",
        "导出记录",
        "导出聊天记录",
        "导出我的数据",
        "下载我的数据",
    )
    export_question: NoteWithTime = "【{time} 问】"
    export_answer: Note = "【答】"
    export_cut: Note = "（更早的放不下了，这里是最近的对话）"
    export_nothing: ReplyOrNone = "还没有对话可以导出。"
    erase_words: CommandWords = (
        "删除我的数据",
        "删除数据",
        "删除我的信息",
        "删除我的账号",
        "清空我的数据",
        "清除我的数据",
        "注销账号",
        "忘记我",
    )
    erase_confirm_words: SpokenWords = (
        "确认删除我的数据",
        "确认删除",
        "确定删除",
        "确定删除我的数据",
    )
    erase_asked: ReplyToConfirm = (
        "要删除你在这里的一切吗？问过的、答过的、选过的都会删掉，找不回来。"
        "要删就点{link}或回复“{word}”，{minutes}分钟内有效；不删就不用管它。"
    )
    erase_done: ReplyOrNone = "好了，你在这里的一切都删掉了。再发消息来，就当我们初次见面。"
    human_words: CommandWords = (
        "人工",
        "转人工",
        "人工客服",
        "转人工客服",
        "人工服务",
        "找人工",
        "客服",
    )
    human: ReplyOrNone = "这里没有人工客服值守，只有我在；有什么问题直接问我，我尽力回答。"
    reset_words: CommandWords = (
        "新对话",
        "新的对话",
        "新会话",
        "新建对话",
        "新话题",
        "重新开始",
        "清除记忆",
        "/new",
        "/reset",
        "restart",
        "new chat",
    )
    reset_done: ReplyOrNone = "好的，我们重新开始，前面说的我都放下了。"
    persona_words: CommandWords = (
        "角色",
        "换角色",
        "选角色",
        "切换角色",
        "换个角色",
    )
    persona_list: ReplyOrNone = "想和谁聊？点一个名字："
    persona_chosen: NameAndLink = "好的，现在由{name}陪你聊。想换一个，发“角色”。"
    daily_persona: NameAndLink = "今天和{name}聊的次数用完了，明天再来，或者{link}。"
    lesson_word: SpokenWord = "英语对话"
    lesson_topic: ReplyOrNone = (
        "想练什么话题？点一个，或者发“英语对话 话题”自己定；练完发“下课”，我来小结。"
    )
    lesson_level: ReplyOrNone = "难度："
    lesson_end_words: CommandWords = (
        "下课",
        "小结",
        "总结",
    )
    pronounced: Pronounced = "（发音 {score} 分，再读一读：{words}）"
    pronounced_well: PronouncedWell = "（发音 {score} 分，很清楚！）"
    pronounced_again: PronouncedWell = "（发音 {score} 分，整句再连起来读一遍）"
    pronounced_later: NoteWithLink = "（用语音说的我会评发音，听完回答点击{link}或回复“{word}”看）"
    listen_words: CommandWords = ("听",)
    menu_words: CommandWords = (
        "菜单",
        "帮助",
        "功能",
        "使用帮助",
        "使用说明",
        "help",
        "menu",
        "/help",
    )
    menu: ReplyOrNone = (
        "有什么想问的，直接发文字或语音给我就行。也可以点蓝色的字：\n"
        "{tap:继续}　接着看没看完的回答\n"
        "{tap:文字}　把刚才的语音看成文字\n"
        "{tap:新对话}　换个话题，前面说的都放下\n"
        "{tap:英语对话}　练练英语口语\n"
        "{tap:我的}　看看这里存了我什么，也可以带走或删掉"
    )
    menu_persona: NoteWithLink = "{link}　选和谁聊"
    welcome: ReplyOrNone = (
        "你好，很高兴认识你！有什么想问的，直接发文字或语音给我就行，也可以看看{tap:菜单}。"
    )
    image: ReplyOrNone = "图片收到啦，不过我还看不懂图片，用文字告诉我吧。"
    video: ReplyOrNone = "视频收到啦，不过我还看不懂视频，用文字告诉我吧。"
    location: ReplyOrNone = "位置收到啦，想问这里的什么？用文字告诉我吧。"
    link: ReplyOrNone = "链接收到啦，不过我打不开它，把想问的内容发给我吧。"
    sticker: ReplyOrNone = "这个表情我还看不懂，用文字告诉我吧。"
    not_heard: ReplyOrNone = "没听清楚，请再说一遍，或者打字告诉我吧。"
    cannot_hear: ReplyOrNone = "没听清这条语音，请打字告诉我吧。"
    too_fast: ReplyWithWait = "发送得太快啦，请等{seconds}秒再发。"
    daily_follower: ReplyOrNone = "今天的提问次数用完了，明天再聊吧。"
    daily_tokens: ReplyOrNone = "今天的用量用完了，明天再聊吧。"
    daily_account: ReplyOrNone = "今天大家问得太多，我先歇一歇，明天再来吧。"
    access_asked: ReplyOrNone = "这里要凭口令使用，请打字把口令或邀请码发给我。"
    access_granted: ReplyOrNone = "好的，已经为你开通，有什么想问的直接发给我吧。"
    not_listed: ReplyOrNone = "这里暂时只为部分人开放。"
    blocked: ReplyOrNone = ""
    ai_label: Label = "（内容由 AI 生成）"
    refused: ReplyOrNone = "这个问题我没法回答，换个话题吧。"
    answer_refused: ReplyOrNone = "这个问题的回答没法给你看，换个问题试试吧。"
    unsupported: ReplyOrNone = "暂时只看得懂文字和语音，请用文字问我吧。"

    def linked(self) -> "Texts":
        """The texts with links to tap in the places of `{tap:…}`."""
        texts = {name: text for name, text in self if isinstance(text, str)}
        return self.model_copy(update={name: with_links(text) for name, text in texts.items()})
