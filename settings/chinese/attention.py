"""The first page of `store.inspect`, in Chinese."""

CHINESE = {
    "Files that cannot be used as they are: what was right before goes on": (
        "读不懂的文件：还用原来对的那版"
    ),
    "{path}, found {ago}": "{path}，{ago}发现的",
    "mend the file; the server reads it by itself": "改好这个文件，服务会自己重读",
    # what needs attention
    "Stuck: unfinished and past their time": "卡住了：过了时间还没完",
    "Failed in the last hour: the follower got an apology": "一小时内失败：对方得到了致歉",
    "Answered in writing in the last hour, because the voice failed": (
        "一小时内语音没做成，改发了文字"
    ),
    "Resting: not used until it may work again": "正在歇着：可能恢复之前不用",
    "Settled, not collected": "答完了，没人取",
    "Followers waiting in a queue": "同时有好几个问题在等的关注者",
    "Voices waiting to be deleted at WeChat": "等着从微信素材库删掉的语音",
    "Wrong outside, at the last look": "外部服务不对的，按最近一次检查",
    "Failed in the last hour, and over: the model has answered since": (
        "一小时内失败，已经过去：后来模型又答上来了"
    ),
    "Answered in writing in the last hour, and over: a voice was made since": (
        "一小时内语音没做成，已经过去：后来又做成了"
    ),
    "{title} ({count:,})": "{title}（{count:,}）",
    "key {fingerprint}": "密钥 {fingerprint}",
    "what": "事情",
    "why": "原因",
    "next": "下一步",
    "No server is running on this database: start it, and it takes up what is unfinished.": (
        "没有服务在用这个数据库：启动它，没做完的会接着做。"
    ),
    'Each "next" is typed after: {typed}': "“下一步”里的命令接在这后面：{typed}",
    "Nothing needs attention": "没有什么要管的",
    "Nothing of {kinds} needs attention": "{kinds} 没有什么要管的",
    "1 follower waits in a queue": "1 位关注者在排队",
    "{count:,} followers wait in a queue": "{count:,} 位关注者在排队",
    "{count:,} unfinished ({late:,} past their time)": "{count:,} 条没做完（{late:,} 条过了时间）",
    "{count:,} failed in the last hour": "一小时内失败 {count:,} 条",
    "{count:,} not collected": "{count:,} 条没人取",
    "1 voice at WeChat": "微信素材库里有 1 条语音",
    "{count:,} voices at WeChat": "微信素材库里有 {count:,} 条语音",
    "{messages} in 24 h": "24 小时内 {messages}",
    "the model answered {ago}": "模型 {ago}答过",
    "looked outside {ago}": "{ago}检查过外部服务",
    "no server running": "没有服务在运行",
    "1 server process alive": "1 个服务进程在运行",
    "{count:,} server processes alive": "{count:,} 个服务进程在运行",
    # its entries
    "message {message}, {state} for {time} (since {since}), follower {follower}": (
        "消息 {message}，{state} 已有 {time}（从 {since} 起），关注者 {follower}"
    ),
    "it waits for message {message} of the same follower": "在等同一个人的消息 {message}",
    "it pauses for {time} before it is taken up again": "停 {time}再接着做",
    "taken up again {times}": "重新接手过 {times}",
    "start the server; show {message}": "启动服务；show {message}",
    "retry {message} (or first: show {message})": "retry {message}（或者先 show {message}）",
    "a voice was made {ago}": "{ago}做成过语音",
    "{messages}, the last {ago} ({at}): message {message}": (
        "{messages}，最近一条在 {ago}（{at}）：消息 {message}"
    ),
    "; also ": "；还有 ",
    "{why}; since then {well}": "{why}；后来，{well}",
    "nothing, it is over; or {then}": "不用管，已经过去了；也可以 {then}",
    "{name}, for {left} more (until {time})": "{name}，还要 {left}（到 {time}）",
    "wait": "等着就好",
    "message {message}, follower {follower}: {unread}, settled {ago}": (
        "消息 {message}，关注者 {follower}：{unread}，{ago}答完"
    ),
    "it can be collected with 继续 until {time}": "{time} 之前可以用“继续”取",
    "its first part was read, and the rest not asked for": "看了第一段，没有再要后面的",
    "the follower read a first part while it was being made": "还没答完时，对方看到了开头一段",
    "the follower read its text while the voice was being made": "语音没做好时，对方看到了全部文字",
    "the follower was told that it was still being made": "当时告诉对方还在想",
    "WeChat hung up before it was there": "还没答好，微信就断开了",
    "WeChat got no answer": "微信没有得到回答",
    "no try carried it away": "没有一次尝试把它带走",
    "follower {follower}: {messages} unfinished": "关注者 {follower}：{messages}没做完",
    "message {message} comes first: {state} for {time}": (
        "排在最前的是消息 {message}：{state} 已有 {time}"
    ),
    "voice of message {message}": "消息 {message} 的语音",
    ", of which nobody knows whether WeChat got it": "，不知道微信收到没有",
    "not deleted, tried {times}; again {when}": "没删掉，试过 {times}；{when}再试",
    "grep 'not_deleted message={message} ' in the server's log": (
        "在服务的日志里 grep 'not_deleted message={message} '"
    ),
    "due {when} and not tried": "{when}就该删，还没有试过",
    "see that the server runs, with azure.trans_to_voice on": (
        "看看服务是不是在运行，azure.trans_to_voice 是不是开着"
    ),
    "the server": "服务",
    "looked at just now": "刚刚看的",
    "{free} MB are free where the database is": "数据库所在的磁盘只剩 {free} MB",
    "free some space: on a full disk nothing is stored, and nobody is answered": (
        "腾出空间：磁盘满了什么都存不下，谁也得不到回答"
    ),
    "as pushes showed {ago}": "{ago}收到的消息表明",
    "as questions showed {ago}": "{ago}的提问表明",
    "moderation does not judge, and what is asked is refused: {why}": (
        "审核服务没有结果，送去审的都被拒绝：{why}"
    ),
    "moderation does not judge, and what is asked passes: {why}": (
        "审核服务没有结果，送去审的没审就放行：{why}"
    ),
    "found {ago} by {whom}": "{ago}由 {whom} 发现",
    "{cure}; then server.py --check": "{cure}；然后 server.py --check",
    "its voice not heard": "语音没有听",
    "{unread:,} of {length:,} characters unread": "{length:,} 个字里有 {unread:,} 个没看",
    "model asked {times}, {so_far}": "问过模型 {times}，{so_far}",
    "{count:,} characters so far": "到现在写了 {count:,} 个字",
    "and it has said nothing so far": "到现在一个字也没有",
    "the answer is written; {parts} of its voice made": "回答写好了；语音做了 {parts}",
    "WeChat has its voice, and nobody has settled it": "语音已经传给微信，还没有收尾",
}
