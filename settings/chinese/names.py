"""What the console calls states of affairs, kinds and roles, in Chinese."""

CHINESE = {
    # how a try ended
    "replied": "已回复",
    "partial": "给了开头",
    "thinking": "说还在想",
    "dropped": "微信断开",
    "unanswered": "没有回复",
    # moves, and who made them
    "picked_up": "开始做",
    "answered_at_once": "当场回答",
    "erased": "按本人的要求删除",
    "told_to_wait": "请对方稍后再来",
    "refused": "被规则拦下",
    "to_be_said": "要念给对方听",
    "answered": "答完",
    "answered_to_speak": "答完，要念出来",
    "voice_failed": "语音没做成，改发文字",
    "voice_uploaded": "语音传到微信",
    "voice_settled": "语音备好",
    "gave_up": "放弃",
    "retried": "重新开始",
    "operator": "运维",
    # kinds of messages and replies
    "image": "图片",
    "news": "图文",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "location": "地理位置",
    "link": "链接",
    "miniprogrampage": "小程序卡片",
    "event": "事件",
    "subscribe": "新关注",
    "click": "点菜单",
    "scan": "扫码",
    "other": "其他",
    "handed over": "转人工",
    # who says something in the history
    "user": "用户",
    "assistant": "模型",
    # figures
    "arrival to end": "从收到到结束",
    "unfinished": "没做完",
    # what rests
    "permanent media": "永久素材",
    "temporary media": "临时素材",
}
