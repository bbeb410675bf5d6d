"""In Chinese: what the command line may say went wrong. A test holds it complete."""

from __future__ import annotations

CHINESE: dict[str, str] = {
    "SettingWrong": "设置 {name} 的值 {value!r} 无效：{reason}。",
    "FolderNotWritable": "无法写入文件夹 {folder}（{reason}）；请用 DUNFLOW_DATA_DIR 另选一个，或修正其权限。",
    "DatabaseUnreachable": "无法使用数据库 {url}：{reason}。请检查 DUNFLOW_DATABASE_URL，并确认数据库服务器正在运行。",
    "DatabaseFileUnusable": "无法使用数据库文件 {file}：{reason}。请修正其权限、从备份恢复，或另选文件夹。",
    "DatabaseMissing": (
        "{url} 处还没有 Dunflow：请用 `dunflow up` 创建，或用 DUNFLOW_DATA_DIR、DUNFLOW_DATABASE_URL 另行指定。"
    ),
    "DatabaseNewer": "数据库的版本（{found}）比本程序（{known}）新：请安装新版程序。",
    "DatabaseForeign": "数据库中有不属于 Dunflow 的表（{tables}）；请在 DUNFLOW_DATABASE_URL 中指定一个空数据库。",
    "DatabaseOutdated": "数据库的版本（{found}）比本程序（{known}）旧；运行 `dunflow up` 即可升级。",
    "DiagramsMissing": "缺少程序自带的流程图；请重新安装。",
    "DatabaseIsDemo": "该数据库存放的是演示数据；请用 `dunflow demo` 启动，或在 DUNFLOW_DATABASE_URL 中指定另一个。",
    "DatabaseIsReal": (
        "该数据库不是演示数据；请另选文件夹（`dunflow demo --data 文件夹`）或另设 DUNFLOW_DATABASE_URL。"
    ),
    "RedisUnreachable": (
        "{url} 上的 Redis 没有应答（{reason}）：请启动它，或设置 DUNFLOW_REDIS_URL（不设则使用自带的服务器）。"
    ),
    "RedisRefuses": (
        "{url} 上的 Redis 拒绝访问（{reason}）：请在 DUNFLOW_REDIS_URL 中写明密码，如 redis://:密码@主机:6379/0。"
    ),
    "RedisAddressWrong": "DUNFLOW_REDIS_URL 的值 {url!r} 无效：应为 redis://主机:6379/0、rediss://… 或 unix:///套接字路径。",
    "PortInUse": "端口 {port} 已被占用：请停止占用它的程序，或用 --port 另选一个端口。",
    "PortForbidden": "不允许监听 {host}:{port}（{reason}）；请用 --host 或 --port 另选。",
    "AlreadyRunning": "Dunflow 已在文件夹 {folder} 中运行（进程 {pid}）；请先停止它，或另选文件夹。",
    "FileProblem": "文件 {file} 无法使用：{reason}。",
    "NotABackup": "{file} 不是 Dunflow 的备份，或已损坏：{reason}。",
    "BackupNewer": "该备份的版本（{found}）比本程序（{known}）新：请安装新版程序。",
    "DatabaseNotEmpty": "数据库中已有数据；要用备份替换它们，请加 --force。",
    "RestoreIncomplete": "恢复后的数据与备份不符（表 {table}：{found} 行，应为 {expected} 行）；未作任何更改。",
    "SignInNeeded": "{login} 的密码不正确。",
    "RoleNeeded": "{login} 没有所需的角色：{roles}。",
    "NoAdministrator": "还没有管理员；请先用 `dunflow users create 登录名 --role administrator` 创建。",
    "AlreadyRetried": "死信 {id} 已经重试过。",
    "DatabaseInUse": "--database 指定的数据库中已有数据；请指定一个空数据库。",
    "FileNotReadable": "无法读取 {file}：{reason}。",
    "RowsRefused": "{file}：有 {count} 行无法回放。{first}",
    "PathUnreadable": "无法读取 {path}：{reason_zh}。",
    "ScenariosMissing": "{folder} 中没有可运行的场景；请用 --scenarios 指明场景所在的文件夹（版本本身不含场景）。",
    "NotADemo": "只有演示的时钟可以移动。",
}

REASONS: dict[str, str] = {
    "Permission denied": "权限不足",
    "No space left on device": "磁盘空间已满",
    "Read-only file system": "文件系统只读",
    "No such file or directory": "文件或文件夹不存在",
    "Is a directory": "是文件夹",
    "Not a directory": "不是文件夹",
    "File exists": "已存在同名文件",
    "File name too long": "名称过长",
    "Cannot assign requested address": "本机没有该地址",
    "Name or service not known": "无法解析该名称",
    "database or disk is full": "磁盘空间已满",
    "attempt to write a readonly database": "数据库文件只读",
    "unable to open database file": "无法打开数据库文件",
    "file is not a database": "文件不是数据库",
    "database disk image is malformed": "数据库文件已损坏",
    "disk I/O error": "磁盘读写错误",
    "database is locked": "数据库被其他程序锁定",
    "File is not a zip file": "文件不是 zip 压缩包",
    "it wants a password": "需要密码",
    "the password is wrong": "密码不正确",
    "a name such as Asia/Shanghai": "应为 Asia/Shanghai 这样的名称",
    "a port number, 0 to 65535": "应为 0 到 65535 的端口号",
    "a port number, 1 to 65535": "应为 1 到 65535 的端口号",
    "one of real, demo": "应为 real 或 demo",
    "one of en, zh": "应为 en 或 zh",
    "sqlite:////path/to/file or postgresql://user:password@host/name": (
        "应为 sqlite:////文件路径 或 postgresql://用户:密码@主机/库名"
    ),
}
