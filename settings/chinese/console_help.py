"""`--help` of `store.inspect`, `store.backup` and `store.check`, in Chinese."""

CHINESE = {
    """See what goes on in the database of Huixin, whether the server runs or not, and put it right.

Only retry, fail and erase change anything, and each of them asks first.

Without a command: what needs attention, worst first.
""": """看回信的数据库里现在怎么样，有问题就改好；服务在不在运行都能用。

只有 retry、fail、erase 会改数据，改之前都先问一句。

不带命令：什么需要人管，最要紧的在前。
""",
    "A message is past its time when it has not moved for {limits}.": (
        "一条消息多久没有动就算过了时间：{limits}。"
    ),
    "{seconds:g} s while {state}": "{state} {seconds:g} 秒",
    """\
examples:
  python -m store.inspect                          what needs attention, worst first
  python -m store.inspect --watch                  the same, anew every 2 s
  python -m store.inspect show 4711                the life of a message, also by its MsgId
  python -m store.inspect follower oABC... --text  a conversation, with its words
  python -m store.inspect list --state {failed} --since 2h
  python -m store.inspect stats --since 7d
  python -m store.inspect list --json | jq '.[].message_id'
  python -m store.inspect --check --only overdue,failures     for cron: silent when fine
  python -m store.inspect retry 4711               back to work, also while the server runs
  python -m store.inspect fail 4711 --reason "asked for nonsense" --yes
  python -m store.inspect erase oABC...            all that is stored of a follower

kinds of what needs attention:
  overdue    stuck: unfinished past their time   failures   failed in the last hour
  mute       a voice failed in the last hour, the text was sent
  resting    keys, models, APIs left alone       unread     settled, not collected
  queues     followers with several unfinished   undeleted  voices left at WeChat
  files      replies, words or lists that cannot be read as they are
  outside    wrong at the last look at the services outside (server.py --check)

exit codes:
  0 fine   1 something needs attention (--check)   2 wrong usage or settings
  3 the database is missing or cannot be used   4 no such message, follower or account
  5 the output cannot be written   6 nothing was changed: not possible, or not wanted
""": """\
例子：
  python -m store.inspect                          什么需要人管，最要紧的在前
  python -m store.inspect --watch                  同上，每 2 秒刷新
  python -m store.inspect show 4711                一条消息的一生，也可以给 MsgId
  python -m store.inspect follower oABC... --text  一个人的对话，带内容
  python -m store.inspect list --state {failed} --since 2h
  python -m store.inspect stats --since 7d
  python -m store.inspect list --json | jq '.[].message_id'
  python -m store.inspect --check --only overdue,failures     给 cron 用：没事不出声
  python -m store.inspect retry 4711               重新做，服务在运行也可以
  python -m store.inspect fail 4711 --reason "问的不知所云" --yes
  python -m store.inspect erase oABC...            删掉一个人的全部数据

需要人管的有这几类：
  overdue    卡住了：过了时间还没完              failures   一小时内失败的
  mute       一小时内语音没做成，改发了文字
  resting    正在歇着的密钥、模型和接口          unread     答完了没人取的
  queues     同时有好几个问题在等的人            undeleted  还留在微信素材库里的语音
  files      固定回答、词表、名单有一个读不懂了
  outside    上一次检查（server.py --check）时外面不对的

退出码：
  0 没事   1 有事要管（--check）   2 用法或设置不对
  3 数据库不在或者用不了   4 没有这条消息或这个人
  5 输出写不出去   6 没有改：做不到，或者你没有同意
""",
    "inspect: {message} (--help shows examples)\n": "inspect: {message}（--help 里有例子）\n",
    "the database": "数据库",
    "the settings that name it (config.yml)": "写着数据库在哪里的设置文件（config.yml）",
    "for programs; times since 1970": "给程序用；时间是 1970 年以来的秒数",
    "show it anew, every 2 s unless told; put it last": "不断刷新，默认每 2 秒；写在最后",
    "exit 1 when something needs attention, silent if not": "有事以退出码 1 结束，没事不出声",
    "only these kinds, see below": "只看这几类，见下",
    "only those in this state": "只看这个状态的",
    "only those of this account, of several": "只看这个公众号的（有几个公众号时）",
    "open id or number": "OpenID 或编号",
    "number or MsgId": "编号或 MsgId",
    "why, at most {most} characters: shown by `show` and in the log of moves": (
        "原因，最多 {most} 个字：show 里会显示，也记进消息的记录"
    ),
    "do not ask first": "不先问",
    "rows at most ({default})": "最多多少行（{default}）",
    "show what was written": "显示对话的内容",
    "90s, 30m, 2h, 3d or an ISO time ({default})": "90s、30m、2h、3d，或者 ISO 时间（{default}）",
    "all": "全部",
    "{word!r}, expected a number from {low:g} to {high:g}": "{word!r} 不行，要 {low:g} 到 {high:g} 的数",
    "expected 1 to {most} characters": "要 1 到 {most} 个字",
    "{word!r}. {expected}": "{word!r} 不行。{expected}",
    "{word!r}, expected some of {kinds}": "{word!r} 不行，只有 {kinds}",
    "messages, the newest first": "消息列表，新的在前",
    "the whole life of a message": "一条消息的一生",
    "a conversation": "一个人的对话",
    "figures, of the last 24 h unless told": "统计，默认最近 24 小时",
    "back to work: a message that is stuck or {failed}": "重新做一条卡住的或 {failed} 的消息",
    "end a message that is not settled, with an apology": "结束一条没做完的消息，对方得到致歉",
    "remove all that is stored of a follower": "删掉一个人的全部数据",
    "--check goes with no command and without --watch": "--check 不和命令、--watch 一起用",
    "--watch does not go with {command}": "--watch 不能和 {command} 一起用",
    # copies
    """Copy the database of Huixin into one file, also while the server runs, or go back to a copy.

    python -m store.backup backups/monday.db
    python -m store.backup --restore backups/monday.db

To go back, stop the server first; the database that was there is kept under a name that is told.

Exit codes: 0 done, 1 the copy could not be made or not put in place, 2 wrong usage, 3 no sound
database to copy, 4 a server, or another program, has the database open.
""": """把回信的数据库备份成一个文件，服务在运行也可以；或者恢复到一个备份。

    python -m store.backup backups/monday.db
    python -m store.backup --restore backups/monday.db

恢复之前先停止服务；原来的数据库会换一个名字留着，名字会告诉你。

退出码：0 完成，1 备份没做成或没恢复成，2 用法不对，3 没有完好的数据库可以备份，
4 有服务或别的程序正打开着数据库。
""",
    "the file to make, or to go back to": "要写成的备份文件，或者要恢复的备份",
    "put it in the database's place": "用这个备份换下现在的数据库",
    "the database, instead of the settings' own": "数据库，代替设置里的那一个",
    "the settings": "设置文件",
    "{path}: {size} bytes, checked": "{path}：{size} 字节，检查过了",
    "{path}: now what {backup} holds, {size} bytes, checked": (
        "{path}：已恢复成 {backup} 的内容，{size} 字节，检查过了"
    ),
    "{path}: what was there before; delete it once all is well": (
        "{path}：原来的数据库；确认没问题后可以删掉"
    ),
    "Start the server: it takes up what was unfinished when the backup was made.": (
        "请启动服务：备份时没做完的会接着做。"
    ),
    """Read the whole database of Huixin and say whether it is sound, also while the server runs.

    python -m store.check

Exit codes: 0 sound, 1 it could not be read just now, 2 wrong usage, 3 damaged: restore a backup.
""": """把回信的数据库从头读一遍，看是不是完好；服务在运行也可以。

    python -m store.check

退出码：0 完好，1 这会儿读不了，2 用法不对，3 已损坏：请从备份恢复。
""",
    "the settings (default: {name})": "设置文件（默认 {name}）",
    "{path}: {size} bytes, sound": "{path}：{size} 字节，完好",
}
