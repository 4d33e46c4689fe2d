"""What is said while all that is stored is moved, in Chinese."""

CHINESE = {
    """Move all that Huixin has stored from one database into another, SQLite or PostgreSQL, either way.

    python -m store.move --from var/huixin.db --to postgresql://USER:PASSWORD@HOST/DATABASE
    python -m store.move --from postgresql://USER:PASSWORD@HOST/DATABASE --to var/back.db

Stop all servers first. The database to move to has to be empty; the other one stays as it is. Each
row is compared at the end. Where it was interrupted, the same command goes on.

Exit codes: 0 moved, 1 not moved, 2 wrong usage, 3 a database cannot be used, 4 a server runs.
""": """把回信存下的全部数据从一个数据库搬到另一个，SQLite 和 PostgreSQL 之间，两个方向都行。

    python -m store.move --from var/huixin.db --to postgresql://用户:密码@主机/数据库
    python -m store.move --from postgresql://用户:密码@主机/数据库 --to var/back.db

先停掉所有服务。要搬到的数据库必须是空的；原来的那个不会动。最后每一行都会比对。
中途断了，再运行同一条命令就接着搬。

退出码：0 搬好了，1 没搬成，2 用法不对，3 数据库用不了，4 有服务在运行。
""",
    "a file, or an address": "文件，或者地址",
    "the same, empty or new": "同上，空的或者新的",
    "moving": "搬运",
    "comparing": "比对",
    "interrupted: the same command goes on. No server serves what is half there, and the database that is moved from is as it was": (
        "中断了：再运行同一条命令就接着搬。只搬了一半的不会有服务启动，原来的数据库没有动过"
    ),
    "{rows} rows are in {target} now, each compared. Name it in the settings (store.url or store.path), then start the servers.": (
        "{rows} 行已经在 {target} 里，逐行比对过。把它写进设置（store.url 或 store.path），再启动服务。"
    ),
    "stop all servers first; still there: {names}": "先停掉所有服务，还在的有：{names}",
    "{name}, which is process {pid} of this machine (ps -p {pid})": "{name}，是本机的进程 {pid}（ps -p {pid} 查看）",
    "{name}, which is process {pid} of the machine {host}; if that has ended, try again in {seconds} s": (
        "{name}，是机器 {host} 上的进程 {pid}；如果它已经结束，{seconds} 秒后再试"
    ),
    "the database to move to is half filled from {source}: go on with that one, or name a new one": (
        "要搬到的数据库已经从 {source} 搬了一半：接着从它搬，或者换一个新的"
    ),
    "the database to move to is not empty: name a new one": "要搬到的数据库不是空的：换一个新的",
    "{table} {row} is not there as it was": "{table} {row} 和原来不一样",
    "{table} has other rows beside what was moved": "{table} 里还有不是搬来的数据",
    "it is half filled from {source}: run the same python -m store.move again, which goes on, or name {source} in the settings, which is as it was": (
        "它从 {source} 只搬了一半：再运行同一条 python -m store.move 接着搬完，或者在设置里写回没有动过的 {source}"
    ),
}
