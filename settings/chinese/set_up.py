"""What set-up says, in Chinese."""

CHINESE = {
    """Set up a live server by questions, start it, and see its first message answered.

Each question is an option too, and with --yes nobody is asked. Nothing is written before the last
answer is there.
""": """一问一答配好正式的服务，启动它，直到第一条消息答完。

每一项也都是命令行选项，加 --yes 就不提问。全部答完之前什么也不写。
""",
    # the questions
    "Which service has the model?": "用哪家的模型？",
    "Its OpenAI-compatible address, mostly ending in /v1": (
        "它兼容 OpenAI 的接口地址，一般以 /v1 结尾"
    ),
    "Its API key": "API Key",
    "here: {page}": "在这里取：{page}",
    "The model's name": "模型的名字",
    "for example {models}": "例如 {models}",
    "The Token for the console, 3 to 32 letters and digits; this one is made up for you": (
        "公众号后台要填的 Token，3 到 32 个字母或数字，可以直接用替你生成的这个"
    ),
    "EncodingAESKey, for 安全模式; empty for 明文模式": (
        "EncodingAESKey，安全模式才需要；用明文模式就直接回车"
    ),
    "Take pushes from WeChat's own addresses only? It needs AppID and AppSecret": (
        "只接受来自微信服务器 IP 的请求吗？需要 AppID 和 AppSecret"
    ),
    "Answer voices by voice? It needs a speech resource of Azure, AppID and AppSecret": (
        "语音提问要用语音回答吗？需要 Azure 语音资源、AppID 和 AppSecret"
    ),
    "The key of the speech resource": "Azure 语音资源的密钥",
    "Its region, for example eastasia": "语音资源的区域，例如 eastasia",
    "The account's AppID, which begins with wx": "公众号的 AppID，以 wx 开头",
    "The account's AppSecret": "公众号的 AppSecret",
    "The public name of this machine, or its public IPv4 address": (
        "这台机器的域名，或者公网 IPv4 地址"
    ),
    "What stands in front? nginx (宝塔 too), caddy (https by itself), none (port 80 directly)": (
        "前面放什么？nginx（宝塔也是）、caddy（自动 https）、none（直接用 80 端口）"
    ),
    "The port of this server": "本服务监听的端口",
    # answers
    "one of these": "请从上面选一个",
    "y or n": "请回答 y 或 n",
    "a number or a name of the list: {names}": "请填编号或名字：{names}",
    "it cannot be left away": "这一项不能空着",
    "a number from 1 to 65535": "1 到 65535 之间的数字",
    "the proxy listens on 80 and 443 itself: take another one": (
        "80 和 443 是反向代理自己用的，请换一个"
    ),
    "a name like wechat.example.com, or a public IPv4 address": (
        "请填 wechat.example.com 这样的域名，或者公网 IPv4 地址"
    ),
    " (Enter keeps the one there is)": "（直接回车沿用已有的）",
    # the call
    "ask it again": "再问一次",
    "answer the questions about it anew": "重新填模型这几项",
    "leave it as it is": "先不管它",
    "What now?": "怎么办？",
    "Asking {model} …": "正在问 {model} ……",
    "first word after {first:.1f} s": "{first:.1f} 秒出第一个字",
    "the model": "模型",
    # the file
    "start the server with it": "用它启动服务",
    "go through the questions, with what it says offered": "逐项修改，原来的值作为默认",
    "{path} is there: change it with --change": "{path} 已经有了：要修改它请加 --change",
    "{path} is there.": "{path} 已经有了。",
    "{path} cannot be read as settings: mend it or move it away": (
        "{path} 不是能读的设置文件：改好它，或者移走"
    ),
    "{path} is wrong in {key}: {what}": "{path} 里的 {key} 不对：{what}",
    "✓ {path} is written, for you alone": "✓ 已写好 {path}，只有你能读",
    "Written by make live; every key is explained in config.yml.": (
        "由 make live 写成；每个键的说明见 config.yml。"
    ),
    "Stopped: nothing was written.": "已停下，什么也没有写。",
    # what to do by hand
    "Made for {config}": "为 {config} 生成",
    "Enter this in the console: {page}": "到后台填写：{page}",
    "  EncodingAESKey  the one that you gave here; 安全模式": (
        "  EncodingAESKey  刚才填的那个，选安全模式"
    ),
    "  EncodingAESKey  any (随机生成); 明文模式": "  EncodingAESKey  点“随机生成”即可，选明文模式",
    "Saving asks the URL: leave the server running, and the proxy in front of it.": (
        "点保存时微信会来验证：服务和它前面的反向代理都要在运行。"
    ),
    "Enter this machine's address in the IP whitelist: {page}": (
        "把本机的公网 IP 加进 IP 白名单：{page}"
    ),
    "The proxy: {command}": "反向代理：{command}",
    "Later, to have it started with the machine: {command}": "以后要开机自动启动：{command}",
    # the first minutes
    "log.level hides what happens here: see it with log.level: info": (
        "log.level 设得太高，看不到下面的进展：改成 log.level: info 就能看到"
    ),
    "✓ The server listens on {where}": "✓ 服务已启动，监听 {where}",
    "Waiting for WeChat's check (save in the console now) …": "等待微信验证……（现在到后台点保存）",
    "✓ WeChat has checked the URL": "✓ 微信验证通过",
    "Waiting for the first message: write to the account in WeChat …": (
        "等待第一条消息……（在微信里给公众号发一句话）"
    ),
    "✗ A request came, and its signature is wrong: the two Tokens differ": (
        "✗ 收到请求，但签名不对：两边的 Token 不同"
    ),
    "! The first answer is not there in time: 继续 collects it": (
        "! 第一条回答没赶上，回复“继续”可以取到"
    ),
    "✓ The first message is answered, in {took:.1f} s": "✓ 第一条消息 {took:.1f} 秒答完",
    "✗ A message could not be answered: {reason}": "✗ 有一条消息没能答上来：{reason}",
    "The server runs on; Ctrl-C stops it. make live starts it again.": (
        "服务继续运行，Ctrl-C 停止；以后用 make live 再启动。"
    ),
    # options
    "take what is offered and ask nothing": "都用默认值，不提问",
    "change the file that is there": "修改已有的文件",
    "do not call the model": "不试着调用模型",
    "do not start the server": "不启动服务",
    "end when the first message is answered": "第一条消息答完就结束",
}
