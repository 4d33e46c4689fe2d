"""What the checks say, in Chinese."""

CHINESE = {
    "fixed answers": "固定回答",
    "word list": "词表",
    "{what}: {found}": "{what}：{found}",
    # the machine
    "settings file": "设置文件",
    "others on this machine can read {path} and the keys in it": (
        "本机的其他用户能读 {path} 里的密钥"
    ),
    "correct it, or leave it if it is meant so": "请改正；确实如此的话可以不管",
    "{path}, mode {mode}": "{path}，mode 为 {mode}",
    "database": "数据库",
    "see store.path: its folder must be writable, and the file of this account": (
        "看一下 store.path：目录要能写，文件要属于这个公众号"
    ),
    "port": "端口",
    "any free one is taken (server.port: 0)": "随便找一个空闲的（server.port: 0）",
    "{where} is free; the server does not run": "{where} 空闲，服务没有在运行",
    "{where}, where this server runs": "{where}，本服务正在运行",
    "clock": "时钟",
    "{account}: {what}": "{account}：{what}",
    "the database's clock": "数据库的时钟",
    "set it by NTP on PostgreSQL's machine": "在 PostgreSQL 那台机器上用 NTP 对时",
    "right to about a second": "误差不到两秒",
    "{much} s ahead": "快 {much} 秒",
    "{much} s behind": "慢 {much} 秒",
    "{where}: WeChat's pushes are stale by it, and get no answer": (
        "{where}：微信推送来的消息会被当成过期的，不回答"
    ),
    "set it by NTP: timedatectl set-ntp true": "用 NTP 校时：timedatectl set-ntp true",
    "nobody outside could be asked for the time": "没有问到外面的时间",
    "check this machine's network; see that its clock is set by NTP": (
        "检查本机网络，确认已用 NTP 校时"
    ),
    # the model
    "model key {key}": "模型密钥 {key}",
    "model {model}, key {key}": "模型 {model} 的密钥 {key}",
    "{model} at {where}: first word after {first:.1f} s, the whole after {whole:.1f} s": (
        "{model}（{where}）：{first:.1f} 秒出第一个字，{whole:.1f} 秒答完"
    ),
    "{found}; it refuses {refused}, and is asked without": (
        "{found}；它不接受 {refused}，已改为不发送"
    ),
    "{found}: fits WeChat's {window} s": "{found}，赶得上微信的 {window} 秒",
    "{found}: longer than WeChat's {window} s": "{found}，超过了微信的 {window} 秒",
    "{found}: no answer comes within WeChat's {window} s": (
        "{found}，微信的 {window} 秒内来不及开口"
    ),
    "answers have to be collected by 继续: take a faster model": (
        "每个回答都要靠“继续”来取，换一个快一些的模型吧"
    ),
    "the rest is collected by 继续: a faster model reads better": (
        "后半段要靠“继续”来取，换快一些的模型体验更好"
    ),
    "the service is there, and does not refuse it": "服务连得上，没有拒绝它",
    # the account
    "access token": "access_token",
    "AppID and secret are not given, and nothing needs them": "没有填 AppID 和 AppSecret，也用不到",
    "WeChat gives one to {appid}": "已取得（{appid}）",
    "WeChat's addresses": "微信服务器 IP",
    "{count} listed; {state}": "共 {count} 个；{state}",
    "the check is on": "已开启来源检查",
    "the check is off (wechat.ip_detection)": "没有开启来源检查（wechat.ip_detection）",
    "permanent material": "永久素材",
    "this account may not use it": "这个公众号没有权限",
    "this account may not use it, and nothing is spoken": (
        "这个公众号没有权限；没有开语音回答，用不到"
    ),
    "voices go as temporary media: set wechat.media: temporary": (
        "语音改用临时素材：设置 wechat.media: temporary"
    ),
    "{voices} of {most} voices": "语音 {voices}/{most} 条",
    "{voices} of {most} voices are there": "语音已有 {voices}/{most} 条",
    "delete old voices in the console's material library": "请到公众号后台的素材库里删掉旧的语音",
    "customer service messages": "客服消息",
    "granted: this is a verified account, or a test account": "有权限：已认证的公众号，或者测试号",
    "not granted: this account is not verified; nothing here needs it": (
        "没有权限：未认证的公众号；这里用不到"
    ),
    # speech
    "speech": "语音服务",
    "speech, {voice}": "语音服务 {voice}",
    "neither spoken nor heard: no speech service is set": "没有设置，语音回答和语音识别都不用",
    "moderation": "审核服务",
    "a text judged in {took:.1f} s": "{took:.1f} 秒给出结果",
    "it flags {text} for {why}": "“{text}”它也说有问题：{why}",
    "try another moderation.service_model": "换一个 moderation.service_model",
    "a word spoken in {took:.1f} s": "{took:.1f} 秒说出一句话",
    "compare azure.subscription and azure.region with the speech resource's keys": (
        "到 Azure 语音资源的“密钥和终结点”里核对 azure.subscription 和 azure.region"
    ),
    "lower limits.speech_calls, or raise the resource's tier": (
        "调小 limits.speech_calls，或者升级语音资源的定价层"
    ),
    "is this voice known in azure.region? see azure.zh_model and azure.en_model": (
        "azure.region 里有这个声音吗？看一下 azure.zh_model 和 azure.en_model"
    ),
    "the service is slow from here: take a nearer azure.region": (
        "从这里访问太慢，换一个近些的 azure.region"
    ),
    "check this machine's network and azure.region or azure.endpoint": (
        "检查本机网络，以及 azure.region 或 azure.endpoint"
    ),
    # the public URL
    "URL": "服务器地址",
    "{url} is none that the console takes": "{url} 不是公众号后台能填的地址",
    "give it as it stands in the console: https://your.domain{path}": (
        "请照后台里填的写：https://你的域名{path}"
    ),
    "URL, its place": "服务器地址：位置",
    "WeChat calls http on 80 and https on 443 and no other port": (
        "微信只连 http 的 80 端口和 https 的 443 端口"
    ),
    "put nginx or Caddy in front on 80 or 443, and leave the port out of the URL": (
        "前面放 nginx 或 Caddy，用 80 或 443 端口，地址里不写端口"
    ),
    "{host} has no IPv4 address": "{host} 没有 IPv4 地址",
    "add an A record at your DNS: WeChat comes by IPv4": "到域名解析里加一条 A 记录：微信走 IPv4",
    "{addresses}: WeChat cannot get there": "{addresses}：微信连不到",
    "use the public address, or its name; a proxy in between may answer here": (
        "请用公网 IP 或解析到公网 IP 的域名；本机的 hosts 文件也会造成这种情况"
    ),
    "URL, asked as WeChat asks": "服务器地址：照微信的方式访问",
    "URL, with the other ending": "服务器地址：结尾斜杠的另一种写法",
    "enter the URL exactly as it is given here": "后台填的要和这里给出的一字不差",
    "{url} in {took:.1f} s": "{url}，{took:.1f} 秒",
    "{took}, of 5 s that WeChat waits": "{took}，而微信只等 5 秒",
    "the way there is slow: see the proxy, and where the machine stands": (
        "这条路太慢：看一下反向代理，以及服务器在什么地方"
    ),
    "{status}, a redirect to {to}": "{status}，跳转到 {to}",
    "WeChat follows none: enter that URL in the console, or take the redirect out": (
        "微信不跟随跳转：后台改填跳转后的地址，或者去掉跳转"
    ),
    "{status}, refused": "{status}，被拒绝",
    "the server there has another wechat.token, or the proxy drops the query": (
        "那边的服务用的是另一个 wechat.token，或者反向代理丢掉了地址里的参数"
    ),
    "{status}, nothing is served there": "{status}，这个路径没有服务",
    "the path must be server.path, {path}, in the URL and in the proxy": (
        "地址和反向代理里的路径都要和 server.path 一致：{path}"
    ),
    "{status}, the proxy does not reach the server": "{status}，反向代理连不上服务",
    "the server does not run, or the proxy passes on to another port than server.port": (
        "服务没有运行，或者反向代理转发的端口不是 server.port"
    ),
    "see the logs of the proxy and of the server": "看一下反向代理和服务的日志",
    "the echo with something around it": "回显的前后多了东西",
    "something in between adds to the answer: have the proxy pass it on as it is": (
        "中间有什么改动了回答：让反向代理原样转发"
    ),
    "something else than the echo": "回答的不是 echostr",
    "another program answers there: pass {path} on to this server": (
        "回答的是别的程序：把 {path} 转发给本服务"
    ),
    "the name is not known: add an A record at your DNS, or correct the URL": (
        "域名解析不到：到域名解析里加一条 A 记录，或者改正地址"
    ),
    "nobody listens there: start the proxy (nginx, Caddy), or correct the port": (
        "那里没有程序在监听：启动反向代理（nginx、Caddy），或者改正端口"
    ),
    "open ports 80 and 443 in the firewall and the cloud's security group (安全组)": (
        "在防火墙和云服务器的安全组里放行 80 和 443 端口"
    ),
    "WeChat does not take this certificate either: renew it, with its whole chain": (
        "微信也不会接受这张证书：续期，并且配上完整的证书链"
    ),
    "no TLS is spoken there: use http:// in the console, or set up a certificate": (
        "那里不是 https：后台改填 http://，或者配好证书"
    ),
    "the proxy closes the connection: the server behind it does not run, or not there": (
        "反向代理直接断开了：它后面的服务没有运行，或者不在那个端口"
    ),
    "check the address, the firewall and the cloud's security group (安全组)": (
        "检查地址、防火墙和云服务器的安全组"
    ),
    "URL, asked with a wrong signature": "服务器地址：用错误的签名访问",
    "refused, as it has to be": "被拒绝，应当如此",
    "answered all the same": "照样回答了",
    "what answers there checks nothing: pass the path on to this server": (
        "回答的程序不检查签名：把这个路径转发给本服务"
    ),
    "who asks, as the server sees it": "服务看到的来访者",
    "it does not say": "它没有说",
    "is it this version that runs there? then the proxy drops its header {saw}": (
        "运行的是这个版本吗？是的话，反向代理丢掉了响应头 {saw}"
    ),
    "nginx: proxy_set_header X-Forwarded-For $remote_addr; see deploy/": (
        "nginx 里写 proxy_set_header X-Forwarded-For $remote_addr; 见 deploy/"
    ),
    "anybody can pretend to be WeChat: the proxy passes on what clients say": (
        "谁都能冒充微信：反向代理把来访者自己写的 X-Forwarded-For 原样转发了"
    ),
    "{peer} for everybody: the proxy names nobody": "都是 {peer}：反向代理没有说是谁",
    "{peer} for everybody: it is no trusted proxy": "都是 {peer}：它不在可信的反向代理里",
    'set server.trusted_proxies: ["{peer}"], and {set_it}': (
        '设置 server.trusted_proxies: ["{peer}"]，并且 {set_it}'
    ),
    "pages for monitors": "监控页面",
    "open to anyone, as server.health says": "对所有人开放（server.health）",
    "{page} is shown to everybody": "谁都能看到 {page}",
    "have the proxy pass on server.path alone, or set server.health: off": (
        "让反向代理只转发 server.path，或者设置 server.health: off"
    ),
    "not shown outside": "外面看不到",
    # the end
    "{amiss} to mend": "有 {amiss} 处要改",
    "a fault in the program: please report it": "程序出错了，请告诉开发者",
    "All is well.": "一切正常。",
}
