"""What is said of a PostgreSQL database, in Chinese."""

CHINESE = {
    "store.url is no address like postgresql://USER:PASSWORD@HOST:5432/DATABASE": (
        "store.url 不是 postgresql://用户:密码@主机:5432/数据库 这样的地址"
    ),
    "store.url: the user or the password has a character that means something in an address; write @ as %40, : as %3A, / as %2F, % as %25, a space as %20": (
        "store.url：用户名或密码里有在地址里另有意思的字符；@ 写成 %40，: 写成 %3A，/ 写成 %2F，% 写成 %25，空格写成 %20"
    ),
    "store.url: PostgreSQL knows no option {name} (after the ?)": "store.url：PostgreSQL 没有 {name} 这个选项（问号后面）",
    "store.url: the port is no number from 1 to 65535 (HOST:PORT/DATABASE)": (
        "store.url：端口不是 1 到 65535 的数字（主机:端口/数据库）"
    ),
    "store.url: an option after the ? has a wrong value": "store.url：问号后面有一个选项的值不对",
    "an address like postgresql://USER:PASSWORD@HOST:5432/DATABASE, or nothing": (
        "postgresql://用户:密码@主机:5432/数据库 这样的地址，或者留空"
    ),
    "PostgreSQL only reads, as a replica does: store.url must lead to the primary (target_session_attrs=read-write finds it among several hosts)": (
        "PostgreSQL 只读，可能是备库：store.url 要指向主库（写多个主机时用 target_session_attrs=read-write 自动找）"
    ),
    "PostgreSQL is starting, stopping or has just been restarted": "PostgreSQL 正在启动、停止或刚刚重启",
    "PostgreSQL refuses the user or the password of store.url (in it @ is written %40, : %3A, / %2F, % %25)": (
        "PostgreSQL 不接受 store.url 里的用户或密码（里面的 @ 写成 %40，: 写成 %3A，/ 写成 %2F，% 写成 %25）"
    ),
    "PostgreSQL has no such database: make it with createdb": "PostgreSQL 里没有这个数据库：用 createdb 建一个",
    "PostgreSQL has no connection left: raise max_connections": "PostgreSQL 的连接数用完了：调大 max_connections",
    "others changed the same at the same time": "别处同时改了同样的数据",
    "the user of store.url lacks a right: have it own the database": "store.url 里的用户权限不够：让它成为数据库的所有者",
    "the disk of PostgreSQL is full: free some space": "PostgreSQL 的磁盘满了：请腾出空间",
    "PostgreSQL lacks memory or room": "PostgreSQL 的内存或空间不够",
    "somebody else holds what is needed locked": "要用的数据被别处锁住了",
    "a statement took too long": "一条语句用时太长",
    "PgBouncer is in statement mode, where nothing can be saved together: set its pool_mode to session, or to transaction": (
        "PgBouncer 是 statement 模式，没法把几样东西一起存下：把它的 pool_mode 改成 session（或 transaction）"
    ),
    "the connection to PostgreSQL was lost": "和 PostgreSQL 的连接断了",
    "PostgreSQL cannot read or write its files": "PostgreSQL 读写不了自己的文件",
    "PostgreSQL cannot be reached": "连不上 PostgreSQL",
    "PostgreSQL does not answer ({where})": "PostgreSQL 没有响应（{where}）",
    "no connection became free in time": "一直没有空闲的连接",
    "the connection is read-only: it looks, and changes nothing": "这个连接是只读的，只能看，不能改",
    "another database is at {where} by now": "{where} 现在是另一个数据库",
    "the database is closed": "数据库已经关闭",
    "see store.url, and PostgreSQL in docs/operating.md": (
        "看一下 store.url，和 docs/operating.md 的“PostgreSQL”一节"
    ),
    "earlier writes take too long": "前面的写入用时太长",
    "a pooler in transaction mode lets none through: it works, and asks often": (
        "事务模式的连接池会挡住通知：照样能用，只是改成经常去问"
    ),
    "PostgreSQL has its own way: pg_dump --format=custom --file={target} {where}": (
        "PostgreSQL 用自己的办法备份：pg_dump --format=custom --file={target} {where}"
    ),
    "PostgreSQL has its own way: stop all servers, then pg_restore --clean --if-exists --dbname={where} {backup}": (
        "PostgreSQL 用自己的办法恢复：先停掉所有服务，再 pg_restore --clean --if-exists --dbname={where} {backup}"
    ),
    "PostgreSQL has its own way: pg_amcheck --heapallindexed {where}": (
        "PostgreSQL 用自己的办法检查：pg_amcheck --heapallindexed {where}"
    ),
}
