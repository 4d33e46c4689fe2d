"""What the server says of itself and of its database, in Chinese."""

CHINESE = {
    # the start
    "take another port, by --port or server.port": "端口已被占用，换一个：--port 或 server.port",
    "take another port, by --port or server.port, behind a proxy; or give the right to ports below 1024, CAP_NET_BIND_SERVICE, by AmbientCapabilities in systemd or setcap on the python program": (
        "没有权限用 1024 以下的端口：换一个（--port 或 server.port）放在反向代理后面；或者给它 CAP_NET_BIND_SERVICE，"
        "在 systemd 里写 AmbientCapabilities，或者对 python 程序用 setcap"
    ),
    "server.host is no address of this machine": "server.host 不是本机的 IP",
    "server.host is neither an address nor a name that is known here": (
        "server.host 既不是 IP，也不是能解析的名字"
    ),
    "the sandbox's stand-ins serve one process": "模拟环境只支持一个进程",
    "no file to be read again is set, and settings are not: stop it by SIGTERM and start it anew": (
        "没有设可以重新读的文件；设置本身运行中不会重新读：请用 SIGTERM 停止，再启动"
    ),
    "raise the limit of open files to {wanted}: ulimit -n, or LimitNOFILE of systemd": (
        "把打开文件数的上限提高到 {wanted}：ulimit -n，或者 systemd 的 LimitNOFILE"
    ),
    "it does not stop": "它停不下来",
    "the socket that systemd holds is not one of TCP: see ListenStream=": (
        "systemd 交来的套接字不是 TCP 的：看 ListenStream="
    ),
    # /readyz
    "{what} {ago:.0f} s ago": "{ago:.0f} 秒前：{what}",
    "ok, but ": "ok，不过",
    "ok, but {what}; what was right before goes on": "ok，不过 {what}；还用原来对的那版",
    "nothing could be written within {most:g} s": "{most:g} 秒内写不进数据库",
    "it stood still for {most:.2f} s": "停顿了 {most:.2f} 秒",
    # the database
    "another process holds the database locked": "数据库被别的进程锁住了",
    "the disk is full: free some space": "磁盘满了：请腾出空间",
    "the database is read-only: give the server the right to write it": (
        "数据库是只读的：给服务写入的权限"
    ),
    "the database cannot be opened: look at the folder and its rights": (
        "数据库打不开：看看目录在不在，有没有权限"
    ),
    "the disk does not read or write": "磁盘读写出错",
    "there is not enough memory": "内存不够",
    "{name}: no SQLite database{where}: name another file; if this was one, restore a backup": (
        "{name}：不是 SQLite 数据库{where}，请换一个文件；如果本来是，就是坏了，请从备份恢复"
    ),
    "{name}: not a sound SQLite database{where}: restore a backup": (
        "{name}：SQLite 数据库已损坏{where}，请从备份恢复"
    ),
    "{path} is empty: restore a backup, or delete it to begin anew": (
        "{path} 是空的：请从备份恢复；想从头开始，就把它删掉"
    ),
    "{path} is damaged ({what}): restore a backup": "{path} 已损坏（{what}），请从备份恢复",
    "{path}: there is no database": "{path}：没有数据库",
    "{path}: no database of Huixin": "{path}：不是回信的数据库",
    "no database at {path}; --config names the settings that say where, --db the database": (
        "{path} 没有数据库；用 --config 指定写着它在哪里的设置文件，或用 --db 指定数据库"
    ),
    "{error} ({path}): not as this version made it": "{error}（{path}）：和这个版本建的不一样",
    "no server has used it yet: {path}": "还没有服务用过它：{path}",
    "a newer Huixin has used the database, with {script}, which this one does not have: update Huixin on this host": (
        "更新的回信用过这个数据库，带着这一版没有的 {script}：请把这台机器上的回信也更新"
    ),
    "the database has not seen {script}: start the server of this version once, or use the older inspect": (
        "数据库还没有升级 {script}：先把这个版本的服务启动一次，或者用旧版本的 inspect"
    ),
    "{original_id} is that of {tied}: is the URL in its console the one of another account? If it is right now, start once with --adopt": (
        "{original_id} 是 {tied} 那个公众号的：它后台里填的是不是另一个公众号的地址？现在的没错，就加 --adopt 启动一次"
    ),
    "another process works on it now: whoever waits here gets what comes of it": (
        "别的进程接手了：在这里等着的，会收到那边的回答"
    ),
    "another process has settled it: whoever waits here gets that reply": (
        "别的进程已经答完：在这里等着的，会收到那边的回答"
    ),
    "{path} was deleted or moved away": "{path} 被删掉或移走了",
    "{path} was replaced by another file": "{path} 被换成了另一个文件",
    "{path} was cut, or another file was copied over it": "{path} 被截断，或者被另一个文件覆盖了",
    "another file was copied over {path}": "{path} 被另一个文件覆盖了",
    "others may read or write it: chmod 600 {path}": "别的用户能读写它：chmod 600 {path}",
    "others may put another file in its place: chmod go-w {path}": (
        "别的用户能换掉它：chmod go-w {path}"
    ),
    'store.path is in use by mode {maker}, and this is mode {mode}: name another file, or "" for the one that each mode has': (
        'store.path 正被 mode {maker} 使用，而现在是 mode {mode}：换一个文件，或者写 "" 用各自默认的'
    ),
    "store.path is in use by account {account}, and this is {appid}: name another file, or start once with --adopt if its messages are this account's all the same": (
        "store.path 属于公众号 {account}，而现在是 {appid}：换一个文件；如果里面的消息确实归这个公众号，"
        "就加 --adopt 启动一次"
    ),
    # copies
    "{path} exists: name a new file": "{path} 已经存在：请换一个新文件名",
    "the copy cannot be read: {why}": "备份读不了：{why}",
    "the copy cannot be written: {why}": "备份写不了：{why}",
    "{backup} is the database itself: name a backup": "{backup} 就是数据库本身：请指定备份文件",
    "{path}: a program has it open: stop the server first": (
        "{path}：有程序正打开着它，请先停止服务"
    ),
    "the server {name} runs on it: stop it first": "服务 {name} 正在用它，请先停止",
    "the server {name}, on another host, was heard of {heard:.0f} s ago: stop it first; if it is dead, try again in {left:.0f} s": (
        "另一台机器上的服务 {name} 在 {heard:.0f} 秒前还有心跳：请先停止；如果它已经死了，{left:.0f} 秒后再试"
    ),
}
