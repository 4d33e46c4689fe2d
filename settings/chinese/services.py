"""What to do about outside services, in Chinese."""

CHINESE = {
    "see the server's log": "看服务的日志",
    "set {cure}": "设置 {cure}",
    # the model
    "no key can be used: renew the refused ones in openai.api_keys, and see what rests": (
        "没有能用的密钥了：换掉 openai.api_keys 里被拒绝的，再看哪些在暂停"
    ),
    "more is asked than its calls allow at once: raise that, or add a model": (
        "同时的问题超过了它的 calls：调大，或者再加一个模型"
    ),
    "no model answers: see what is said of each": "没有一个模型答得上来：看每一个各是为什么",
    "the model hangs, or is slow to begin: see its status page, or raise its takeover_seconds"
    " or hedge_seconds": (
        "模型没有反应，或者开口太慢：看它的状态页，或者调大它的 takeover_seconds 或 hedge_seconds"
    ),
    "the key is wrong, revoked or without credit: renew or pay for it (openai.api_keys)": (
        "密钥不对、已作废或者欠费：换一个或充值（openai.api_keys）"
    ),
    "the key is not allowed to do this: see its rights to openai.model, region and address": (
        "这个密钥没有权限：看它能不能用 openai.model，有没有地区和 IP 的限制"
    ),
    "lower limits.model_calls to what the service takes at once, or add openai.api_keys": (
        "把 limits.model_calls 调到服务允许的并发数以下，或者在 openai.api_keys 里加密钥"
    ),
    "the gateway lets the model rest after a failure: its own log says which": (
        "网关在模型出错之后让它暂停了：原因看网关自己的日志"
    ),
    "the key's quota is used up until it is renewed: raise it there, or add openai.api_keys": (
        "这个密钥的额度用完了，到时候才恢复：提高额度或充值，或者在 openai.api_keys 里加密钥"
    ),
    "the service is overloaded: see its status page, or add one to models": (
        "模型服务自己忙不过来：看它的状态页，或者在 models 里再加一个模型"
    ),
    "the service refuses how it is asked: check openai.model, max_tokens and base_url": (
        "服务不接受这样的请求：检查 openai.model、max_tokens 和 base_url"
    ),
    "the service has no such model for this key: correct openai.model": (
        "服务没有这个模型，或者这个密钥不能用它：改正 openai.model"
    ),
    "the gateway has no channel for openai.model: enable one there, or correct the name": (
        "网关里没有 openai.model 的可用渠道：到网关启用一个，或者改正模型名"
    ),
    "nothing is served at this address: correct openai.base_url (it mostly ends in /v1)": (
        "这个地址上没有服务：改正 openai.base_url（一般以 /v1 结尾）"
    ),
    "the service has moved: set openai.base_url to the address that it names": (
        "服务搬走了：把 openai.base_url 改成它给出的新地址"
    ),
    "lower openai.history_characters (or save_history and max_tokens) to what it can read": (
        "对话超过了模型的上下文长度：调小 openai.history_characters（或 save_history、max_tokens）"
    ),
    "the service refuses a parameter: see the line model_adapted, or openai.extra_body": (
        "服务不接受某个参数：看日志里的 model_adapted，或者 openai.extra_body"
    ),
    "the model's service has a fault of its own: look at its status page": (
        "模型服务自己出了故障：看它的状态页"
    ),
    "the model's service hangs: see its status page, or raise openai.read_seconds": (
        "模型服务没有反应：看它的状态页，或者调大 openai.read_seconds"
    ),
    "the model is slow: raise openai.answer_seconds, or try another openai.model": (
        "模型太慢：调大 openai.answer_seconds，或者换一个 openai.model"
    ),
    "lower openai.max_tokens": "调小 openai.max_tokens",
    "the answer broke off: check openai.base_url and any proxy in between": (
        "回答中途断了：检查 openai.base_url 和中间的代理"
    ),
    "no OpenAI-compatible service answers there: check openai.base_url and any proxy": (
        "那里不是兼容 OpenAI 的接口：检查 openai.base_url 和中间的代理"
    ),
    "that address is of a web page, for people: correct openai.base_url (it mostly ends in /v1)": (
        "那个地址是给人看的网页：改正 openai.base_url（一般以 /v1 结尾）"
    ),
    "a guard in front of the service turns this machine away: have its address let through, or use the service's own address for programs in openai.base_url": (
        "服务前面的防护（Cloudflare、防火墙）拦住了本机：请对方放行本机 IP，或者在 openai.base_url 里改用给程序用的地址"
    ),
    "the answer's characters cannot be read: have the service send UTF-8, or name its charset": (
        "回答的文字编码认不出：让服务发 UTF-8，或者在 Content-Type 里写明 charset"
    ),
    "the service's content filter struck: nothing to mend here, if it is rare": (
        "被服务的内容审核拦下了：偶尔出现不用管"
    ),
    "the model said nothing: try another openai.model": "模型什么也没说：换一个 openai.model 试试",
    "the model said nothing to read: try another openai.model": (
        "模型的回答里没有可读的内容：换一个 openai.model 试试"
    ),
    "its thoughts used up all tokens: raise openai.max_tokens (voices: azure.max_token)": (
        "token 都用在思考上了：调大 openai.max_tokens（语音是 azure.max_token）"
    ),
    "the model calls a tool: take the tools out of openai.extra_body, or off the gateway": (
        "模型想调用工具：从 openai.extra_body 或网关上去掉工具"
    ),
    "check this machine's network and openai.base_url": "检查本机网络和 openai.base_url",
    "no such host: correct the name in openai.base_url, or mend this machine's DNS": (
        "没有这个域名：改正 openai.base_url，或者修好本机的 DNS"
    ),
    "nobody listens there: start the service, or correct the port in openai.base_url": (
        "那里没有程序在监听：启动模型服务，或者改正 openai.base_url 里的端口"
    ),
    "put the service's CA into a file and name it in REQUESTS_CA_BUNDLE, or renew it there": (
        "本机不信任它的证书：把对方的 CA 存成文件，用环境变量 REQUESTS_CA_BUNDLE 指定；证书过期的请对方续期"
    ),
    "the certificate is another host's: use the name it stands for in openai.base_url": (
        "证书是另一个域名的：openai.base_url 里要用证书上的域名"
    ),
    "one side speaks TLS and the other not: change https to http in openai.base_url, or back": (
        "一边是 https，另一边不是：把 openai.base_url 的 https 改成 http，或者反过来"
    ),
    "the file named by REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE is missing: correct or unset it": (
        "REQUESTS_CA_BUNDLE 或 CURL_CA_BUNDLE 指定的文件不存在：改正，或者取消这个环境变量"
    ),
    "the proxy does not work: correct HTTPS_PROXY, or add the host to NO_PROXY": (
        "代理不通：改正 HTTPS_PROXY，或者把这个域名加进 NO_PROXY"
    ),
    "the proxy wants a name and a password: HTTPS_PROXY=http://name:password@host:port": (
        "代理要用户名和密码：HTTPS_PROXY=http://用户名:密码@主机:端口"
    ),
    # speech
    "check moderation.service_url, service_key and service_model": (
        "检查 moderation.service_url、service_key 和 service_model"
    ),
    "nothing to mend: a rule of moderation did not let the answer pass": (
        "不用改：审核规则没有放行这个回答"
    ),
    "nothing to mend: azure.max_token says how long a voice may be": (
        "不用改：语音的长度上限由 azure.max_token 决定"
    ),
    "have an account of that name under accounts, and retry the message": (
        "在 accounts 里重新写上这个名字的公众号，再重试这条消息"
    ),
    "azure.trans_to_voice was switched off meanwhile": "azure.trans_to_voice 已经关掉了",
    "check azure.subscription and azure.region": "核对 azure.subscription 和 azure.region",
    "lower limits.speech_calls, or raise the subscription's limit": (
        "调小 limits.speech_calls，或者提高语音资源的额度"
    ),
    "check this machine's network, azure.region and azure.endpoint": (
        "检查本机网络、azure.region 和 azure.endpoint"
    ),
    "the speech service hangs: check this machine's network and azure.region": (
        "语音服务没有反应：检查本机网络和 azure.region"
    ),
    "check azure.zh_model and azure.en_model": "核对 azure.zh_model 和 azure.en_model",
    "the answer held nothing to say: nothing to mend": "回答里没有能念出来的内容：不用改",
    "the recording held nothing to understand: nothing to mend": "录音里听不出话：不用改",
    "see what rests below; WeChat takes no voices of this account for now": (
        "微信暂时不收这个公众号的语音：看下面哪些接口在暂停"
    ),
    "a voice came without its words": "收到的语音没有识别结果",
    "switch on 开放能力 › 接收语音识别结果 at WeChat, or fill in azure.subscription, azure.region, wechat.appid and wechat.secret, and leave azure.recognize at auto": (
        "到公众号后台开启 开放能力 › 接收语音识别结果；或者填好 azure.subscription、azure.region、wechat.appid、"
        "wechat.secret，并让 azure.recognize 保持 auto"
    ),
    # WeChat's API
    "check this machine's network and wechat.api_base": "检查本机网络和 wechat.api_base",
    "check wechat.api_base and any proxy in between: it does not answer as WeChat does": (
        "回答的不是微信：检查 wechat.api_base 和中间的代理"
    ),
    "nothing to do; if it happens often, look for stray voices in the material library": (
        "不用管；经常出现的话，到素材库看看有没有多出来的语音"
    ),
    "nothing to do, it passes": "不用管，过一会儿就好",
    "see whether another program with this AppID keeps forcing new access tokens": (
        "看看是不是有别的程序用同一个 AppID 不停地刷新 access_token"
    ),
    "compare wechat.appid and wechat.secret with 微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 开发密钥; unfreeze or reset there": (
        "到 微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 开发密钥 核对 wechat.appid 和 wechat.secret；"
        "AppSecret 被冻结的话，在那里解冻或重置"
    ),
    "add this machine's public address to the IP whitelist (IP白名单): 微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 开发密钥; takes about 10 min": (
        "把本机的公网 IP 加进 IP 白名单：微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 开发密钥；约 10 分钟生效"
    ),
    "add {address} to the IP whitelist (IP白名单): {page}; takes about 10 min": (
        "把 {address} 加进 IP 白名单：{page}；约 10 分钟生效"
    ),
    "the account's administrator has to confirm this address, asked in WeChat": (
        "要公众号管理员在微信里确认这个 IP"
    ),
    "the administrator refused this address: ask them to allow it when WeChat asks again": (
        "管理员拒绝了这个 IP：等微信再次询问时请管理员同意"
    ),
    "wait for 00:00 (China), or clear the quota: 微信开发者平台 › 接口管理 › 接口权限与额度; 10 times a month": (
        "等到零点，或者到 微信开发者平台 › 接口管理 › 接口权限与额度 清零，每月 10 次"
    ),
    "nothing to do, it passes within a minute": "不用管，一分钟内就好",
    "see what this account may call: 微信开发者平台 › 接口管理 › 接口权限与额度; switch voice answers off without it": (
        "公众号没有这个接口的权限：看 微信开发者平台 › 接口管理 › 接口权限与额度；没有的话请关掉语音回答"
    ),
    "read the notices to the account at mp.weixin.qq.com and appeal there": (
        "到 mp.weixin.qq.com 看通知中心的说明，在那里申诉"
    ),
    "a voice has to be mp3 or amr, of at most 2 MB and 60 seconds": (
        "语音要是 mp3 或 amr，不超过 2 MB、60 秒"
    ),
    "nothing to do; temporary media expire after 3 days": "不用管；临时素材 3 天后失效",
    "look the errcode up at developers.weixin.qq.com (返回码); its rid is explained 7 days": (
        "到 developers.weixin.qq.com 查返回码；rid 在 7 天内可以查"
    ),
}
