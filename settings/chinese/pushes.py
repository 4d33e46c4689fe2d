"""What is said of pushes, in Chinese."""

CHINESE = {
    "wrong signature: is wechat.token the one in WeChat's console?": (
        "签名不对：wechat.token 和公众号后台的 Token 一致吗？"
    ),
    "without Encrypt, in safe mode: to leave it, empty wechat.encoding_aes_key": (
        "安全模式下收到了明文消息：要改回明文模式，请清空 wechat.encoding_aes_key"
    ),
    "{wrong}; WeChat's pushes will get no answer": "{wrong}，微信推送来的消息不会有回答",
    "this machine's clock is {much:.0f} s ahead of WeChat's": "本机的时间比微信快 {much:.0f} 秒",
    "this machine's clock is {much:.0f} s behind WeChat's": "本机的时间比微信慢 {much:.0f} 秒",
    "the database's clock is {much:.0f} s ahead of WeChat's": "数据库的时间比微信快 {much:.0f} 秒",
    "the database's clock is {much:.0f} s behind WeChat's": "数据库的时间比微信慢 {much:.0f} 秒",
    "{where}: pushes are answered, by the other clock": (
        "{where}：另一个钟是对的，推送来的消息照常回答"
    ),
    "set it by NTP on PostgreSQL's machine: until then times, quotas and the day are by it": (
        "在 PostgreSQL 那台机器上用 NTP 对时：对好之前，显示的时间、次数和“今天”都按它算"
    ),
    "sent once more": "是以前的请求又发了一遍",
    "{where}: its pushes pass for old ones, and get no answer": (
        "{where}：推送来的消息都像是过期的，不回答"
    ),
    "{where}: after the next start pushes get no answer": (
        "{where}：现在还照常回答，重启以后就不回答了"
    ),
    "is this machine's clock right? it is {much:.0f} s behind WeChat's": (
        "本机的时间对吗？比微信慢 {much:.0f} 秒"
    ),
    "is this machine's clock right? it is {much:.0f} s ahead of WeChat's": (
        "本机的时间对吗？比微信快 {much:.0f} 秒"
    ),
    "no signature: a browser, or somebody else who is not WeChat?": (
        "没有签名：是浏览器，或者别的不是微信的访问？"
    ),
    "sealed for another account: is wechat.appid the one of this account?": (
        "是加密给另一个公众号的：wechat.appid 是这个公众号的吗？"
    ),
    "is wechat.encoding_aes_key the EncodingAESKey of WeChat's console?": (
        "wechat.encoding_aes_key 和公众号后台的 EncodingAESKey 一致吗？"
    ),
    "to read sealed pushes set wechat.encoding_aes_key and wechat.appid": (
        "收到的是加密消息：请设置 wechat.encoding_aes_key 和 wechat.appid"
    ),
    "{asked} came, and {served} is served, by GET and POST: see server.path": (
        "来的是 {asked}，而这里的路径是 {served}，用 GET 和 POST：看 server.path"
    ),
    "{address} is not WeChat's: is it a proxy of yours? then see server.trusted_proxies": (
        "{address} 不是微信的 IP：是你自己的反向代理吗？那就看 server.trusted_proxies"
    ),
    "what is no address": "不是 IP 的东西",
    "not asked yet: everybody is let through": "还没有问到微信的 IP 列表：先都放行",
    "the list is empty: the last one is kept": "拿到的列表是空的：继续用上一次的",
}
