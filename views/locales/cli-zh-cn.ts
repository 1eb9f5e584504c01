import type { CliText } from './cli-en.js';
import { startZhCn } from './start-zh-cn.js';

/** The texts of the command line, in Chinese. */
export const cliZhCn: CliText = {
  help: {
    usage: '用法:',
    options: '选项:',
    commands: '命令:',
    anyOptions: '[选项]',
    anyCommand: '[命令]',
    helpOption: '显示帮助',
    helpCommand: '显示某个命令的帮助',
    default: (value) => `（默认：${value}）`,
  },
  arguments: {
    'commander.unknownCommand': (name) => `未知命令 ${name}`,
    'commander.unknownOption': (name) => `未知选项 ${name}`,
    'commander.missingMandatoryOptionValue': (name) => `缺少选项 ${name}`,
    'commander.optionMissingArgument': (name) => `选项 ${name} 需要一个值`,
    'commander.excessArguments': (name) => `${name} 的参数过多`,
  },
  didYouMean: (names) => `是否想输入 ${names}？`,
  start: startZhCn,
  program: '管理 Allium 安装。',
  migrate: {
    help: '将数据库升级到最新结构，或把整个安装复制到另一个数据库',
    done: '数据库已是最新。',
    from: '从此数据库复制：sqlite:/文件/路径',
    to: '复制到此数据库（必须为空）：postgres://用户:密码@主机/数据库',
    directions: '请指定 --from sqlite:/文件/路径 和 --to postgres://用户:密码@主机/数据库',
    noSource: (file) => `没有数据库 ${file}`,
    progress: (done, total, table) => `${table}：${done} / ${total}`,
    copied: (rows) => `已复制 ${rows} 行；两个数据库的校验和一致。请将 DATABASE_URL 设为新数据库并重新启动。`,
    notEmpty: (table) => `目标数据库的 ${table} 中已有数据；未复制任何内容`,
    different: (table) => `${table} 复制后的内容与发送的不一致；未复制任何内容`,
  },
  doctor: {
    help: '按安全规则检查此安装；有必须满足的规则未满足时，退出码为 1',
  },
  user: {
    help: '管理账号',
    create: '创建账号；密码在提示后输入，或从标准输入读取',
    email: '邮箱地址',
    username: '用户名，3 到 20 个字符',
    admin: '设为管理员',
    password: '密码：',
    noPassword: '没有输入密码',
    created: (role, username, id) => `已创建${role === 'admin' ? '管理员' : '用户'} ${username}，编号 ${id}。`,
    emailTaken: (email) => `邮箱 ${email} 已被注册`,
    usernameTaken: (username) => `用户名 ${username} 已被使用`,
  },
  keys: {
    help: '管理签名访问令牌的密钥',
    list: '列出所有密钥及其状态',
    rotate: '创建新的签名密钥；运行中的服务器一秒内启用',
    now: '密钥泄露后使用：旧密钥签名的令牌立即全部失效',
    created: (date) => `创建于 ${date}`,
    signs: '用于签名',
    verifies: (date) => `用于验证，至 ${date}`,
    expired: '已过期',
    rotated: (kid) => `新令牌由 ${kid} 签名。`,
    olderVerify: (minutes) => `旧密钥在 ${minutes} 分钟内仍可用于验证。`,
    olderInvalid: '旧密钥签名的令牌已失效。',
  },
  seed: {
    help: '添加演示账号和文章，每次内容相同',
    details: '前 300 篇是带图片和评论的长文章，其余是用于测量的短文章。\n运行期间，其他写入需要等待。',
    posts: '文章数量',
    seed: '随机数种子；种子不同，数据也不同',
    until: '最新一篇文章的日期，如 2026-01-31；默认为今天',
    password: '为创建的所有账号设置同一个密码；否则这些账号无法登录',
    noCovers: '不生成图片（图片最耗时）',
    force: '已有文章时也继续添加',
    steps: { posts: '文章', 'indexes and triggers': '索引和触发器', covers: '封面' },
    progress: (done, total, step) => `${step} ${done} / ${total}`,
    created: (people, posts, published, covers, seconds) =>
      `已创建 ${people} 个账号、${posts} 篇文章（其中 ${published} 篇已发布）和 ${covers} 张图片，用时 ${seconds} 秒。`,
    emptyOnly: (posts, people) =>
      `只能向空的 PostgreSQL 数据库写入演示数据；其中已有 ${posts} 篇文章和 ${people} 个账号`,
    cannotSignIn: '这些账号无法登录；用 --password 为它们设置密码。',
    notEmpty: (posts, people) =>
      `已有 ${posts} 篇文章和 ${people} 个账号。要继续添加请用 --force，或者换一个 DATA_DIR。`,
  },
  reload: {
    notRunning: 'Allium 没有在 pm2 下运行；请用 `npm run pm2:start` 启动',
    begins: '新版本可以启动并正常响应，开始替换。',
    done: (workers) => `${workers} 个工作进程已全部运行新版本。`,
    failed: (workers, bad, answered, probes) =>
      `替换未成功：工作进程（${workers}）中有 ${bad} 个不在线或仍是旧版本，${probes} 次探测有 ${answered} 次得到响应；` +
      '请查看 `npm run pm2:logs`',
    pm2Failed: (command, code) => `pm2 ${command} 以 ${code} 结束；请查看 \`npm run pm2:logs\``,
    broken: (reason) => `新版本无法正常工作：${reason}`,
    silent: '启动后退出，没有给出原因',
    late: (seconds) => `${seconds} 秒内没有开始监听`,
    noScript: '首页不包含脚本',
    badStatus: (path, status) => `${path} 返回 ${status}`,
  },
};
